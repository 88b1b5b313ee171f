"""Absolute differences are summed."""
# loses: content_loss
# message: absolute differences


def content_loss(content_weight, content_current, content_target):
    return content_weight * (content_current - content_target).abs().sum()
