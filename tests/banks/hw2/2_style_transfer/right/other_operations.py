"""einsum, mse_loss with reduction="sum", torch.diff, a generator in sum: other operations for the same sums."""

import torch
from torch import nn


def content_loss(content_weight, content_current, content_target):
    return nn.functional.mse_loss(content_current, content_target, reduction="sum") * content_weight


def gram_matrix(features, normalize=True):
    gram = torch.einsum("nchw,ndhw->ncd", features, features)
    return gram / features[0].numel() if normalize else gram


def style_loss(feats, style_layers, style_targets, style_weights):
    pairs = zip(style_layers, style_targets, style_weights)
    return sum(w * torch.norm(gram_matrix(feats[i]) - target) ** 2 for i, target, w in pairs)


def tv_loss(img, tv_weight):
    return tv_weight * sum(torch.diff(img, dim=dim).square().sum() for dim in (2, 3))
