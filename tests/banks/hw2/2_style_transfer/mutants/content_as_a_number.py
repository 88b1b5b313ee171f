"""A plain number is returned, which has no gradient."""
# loses: content_loss
# message: no gradient goes back


def content_loss(content_weight, content_current, content_target):
    return (content_weight * ((content_current - content_target) ** 2).sum()).item()
