"""The sum is forgotten."""
# loses: content_loss
# message: expected shape


def content_loss(content_weight, content_current, content_target):
    return content_weight * (content_current - content_target) ** 2
