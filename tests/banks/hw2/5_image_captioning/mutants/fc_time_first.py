"""The rows are taken in the order of time, and put back as if they were in the order of captions."""
# loses: temporal_fc_forward
# message: wrong values|right but for

def temporal_fc_forward(x, w, b):
    N, T, D = x.shape
    out = (x.swapaxes(0, 1).reshape(N * T, D) @ w + b).reshape(N, T, -1)
    return out, (x, w, b)
