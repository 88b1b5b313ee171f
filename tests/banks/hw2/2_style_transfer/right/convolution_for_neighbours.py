"""Total variation by a convolution with two differences, the Gram matrix sample by sample, products as dot products."""

import torch
from torch.nn import functional


def content_loss(content_weight, content_current, content_target):
    difference = torch.flatten(content_current - content_target)
    return content_weight * torch.dot(difference, difference)


def gram_matrix(features, normalize=True):
    grams = []
    for sample in features:
        flat = sample.flatten(1)
        gram = torch.mm(flat, flat.t())
        grams.append(gram / flat.numel() if normalize else gram)
    return torch.stack(grams)


def style_loss(feats, style_layers, style_targets, style_weights):
    losses = []
    for position, layer in enumerate(style_layers):
        losses.append(style_weights[position] * torch.sum((gram_matrix(feats[layer]) - style_targets[position]) ** 2))
    return torch.stack(losses).sum()


def tv_loss(img, tv_weight):
    kernel = torch.tensor([-1.0, 1.0], dtype=img.dtype, device=img.device)
    channels = img.shape[1]
    total = img.sum() * 0
    if img.shape[3] > 1:
        total = total + functional.conv2d(img, kernel.view(1, 1, 1, 2).repeat(channels, 1, 1, 1), groups=channels).pow(2).sum()
    if img.shape[2] > 1:
        total = total + functional.conv2d(img, kernel.view(1, 1, 2, 1).repeat(channels, 1, 1, 1), groups=channels).pow(2).sum()
    return tv_weight * total
