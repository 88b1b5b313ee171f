"""The bias is forgotten in the fully connected layer."""
# loses: temporal_fc_forward
# message: bias b is missing

def temporal_fc_forward(x, w, b):
    return x @ w, (x, w, b)
