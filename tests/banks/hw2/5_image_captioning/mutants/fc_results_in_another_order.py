"""The gradients are returned in another order."""
# loses: temporal_fc_backward
# message: it is d|expected shape

def temporal_fc_backward(dout, cache):
    x, w, b = cache
    rows = dout.reshape(-1, dout.shape[2])
    return x.reshape(len(rows), -1).T @ rows, rows.sum(axis=0), dout @ w.T
