"""Absolute differences are summed."""
# loses: style_loss
# message: absolute differences


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        loss = loss + weight * (gram_matrix(feats[layer]) - target).abs().sum()
    return loss
