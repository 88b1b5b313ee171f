"""The loss is computed and not returned."""
# loses: content_loss
# message: None


def content_loss(content_weight, content_current, content_target):
    loss = content_weight * ((content_current - content_target) ** 2).sum()
