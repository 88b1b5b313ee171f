"""db is summed over the batch, and not over the steps."""
# loses: temporal_fc_backward
# message: db: expected shape

def temporal_fc_backward(dout, cache):
    x, w, b = cache
    rows = dout.reshape(-1, dout.shape[2])
    return dout @ w.T, x.reshape(len(rows), -1).T @ rows, dout.sum(axis=0)
