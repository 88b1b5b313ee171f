"""The weights of the layers are forgotten."""
# loses: style_loss
# message: style_weights are missing


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        loss = loss + ((gram_matrix(feats[layer]) - target) ** 2).sum()
    return loss
