"""style_targets is indexed by the number of the layer."""
# loses: style_loss
# message: IndexError


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for layer, weight in zip(style_layers, style_weights):
        loss = loss + weight * ((gram_matrix(feats[layer]) - style_targets[layer]) ** 2).sum()
    return loss
