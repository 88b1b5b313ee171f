"""The sum is overwritten in each turn."""
# loses: style_loss
# message: only the last of the layers


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        loss = weight * ((gram_matrix(feats[layer]) - target) ** 2).sum()
    return loss
