"""The features are reshaped where a transpose is meant."""
# loses: temporal_fc_backward
# message: dw: 

def temporal_fc_backward(dout, cache):
    x, w, b = cache
    rows = dout.reshape(-1, dout.shape[2])
    dw = x.reshape(x.shape[2], -1) @ rows
    return (rows @ w.T).reshape(x.shape), dw, rows.sum(axis=0)
