"""The squared differences are averaged, as mse_loss does it."""
# loses: content_loss
# message: mean of the squared differences

from torch import nn


def content_loss(content_weight, content_current, content_target):
    return content_weight * nn.functional.mse_loss(content_current, content_target)
