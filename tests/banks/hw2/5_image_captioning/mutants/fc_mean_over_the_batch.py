"""All gradients of weights are averaged over the batch."""
# loses: temporal_fc_backward
# message: divided by the batch size

def temporal_fc_backward(dout, cache):
    x, w, b = cache
    rows = dout.reshape(-1, dout.shape[2])
    return dout @ w.T, x.reshape(len(rows), -1).T @ rows / len(x), rows.sum(axis=0) / len(x)
