"""Each layer's loss is made a plain number."""
# loses: style_loss
# message: no gradient goes back


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        loss = loss + weight * ((gram_matrix(feats[layer]) - target) ** 2).sum().item()
    return loss
