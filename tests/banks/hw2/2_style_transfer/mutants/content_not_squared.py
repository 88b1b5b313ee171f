"""The differences are not squared."""
# loses: content_loss
# message: their square is missing


def content_loss(content_weight, content_current, content_target):
    return content_weight * (content_current - content_target).sum()
