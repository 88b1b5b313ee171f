"""The weight is forgotten."""
# loses: content_loss
# message: content_weight is missing


def content_loss(content_weight, content_current, content_target):
    return ((content_current - content_target) ** 2).sum()
