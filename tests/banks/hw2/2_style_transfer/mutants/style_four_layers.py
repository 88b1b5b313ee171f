"""The number of layers is written into the code."""
# loses: style_loss
# message: IndexError


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for i in range(4):
        loss = loss + style_weights[i] * ((gram_matrix(feats[style_layers[i]]) - style_targets[i]) ** 2).sum()
    return loss
