"""feats is indexed by the position in the list of layers."""
# loses: style_loss
# message: another value than


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for i in range(len(style_layers)):
        difference = gram_matrix(feats[i])[:, :2, :2] - style_targets[i][:, :2, :2]
        loss = loss + style_weights[i] * (difference ** 2).sum()
    return loss
