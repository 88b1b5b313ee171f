"""Axes of length 1 are dropped."""
# loses: temporal_fc_forward
# message: expected shape

def temporal_fc_forward(x, w, b):
    return (x @ w + b).squeeze(), (x, w, b)
