"""The Gram matrices are not normalised."""
# loses: style_loss
# message: not normalised


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        loss = loss + weight * ((gram_matrix(feats[layer], normalize=False) - target) ** 2).sum()
    return loss
