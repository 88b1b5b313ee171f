"""The norm is taken, so a root too many."""
# loses: content_loss
# message: square root


def content_loss(content_weight, content_current, content_target):
    return content_weight * (content_current - content_target).norm()
