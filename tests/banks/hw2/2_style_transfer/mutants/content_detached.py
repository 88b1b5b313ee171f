"""The current features are detached in one of the two factors."""
# loses: content_loss
# message: not the slope of its own values


def content_loss(content_weight, content_current, content_target):
    difference = content_current - content_target
    return content_weight * (difference * difference.detach()).sum()
