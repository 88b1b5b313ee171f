"""Squared differences are averaged."""
# loses: style_loss
# message: mean of the squared


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        loss = loss + weight * ((gram_matrix(feats[layer]) - target) ** 2).mean()
    return loss
