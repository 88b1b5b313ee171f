"""The optimizer is given a closure; content is compared before the sum is weighted; weights come as a tensor."""

import torch
from torch import optim

from utils.style import PIL, TransferLog, extract_features, preprocess


def content_loss(content_weight, content_current, content_target):
    squares = (content_current - content_target).square()
    return (content_weight * squares).sum(dim=(1, 2, 3)).sum()


def style_loss(feats, style_layers, style_targets, style_weights):
    weights = torch.as_tensor(style_weights, dtype=feats[0].dtype, device=feats[0].device)
    distances = [(gram_matrix(feats[layer]) - target).pow(2).sum() for layer, target in zip(style_layers, style_targets)]
    return (weights * torch.stack(distances)).sum()


def style_transfer(content_image, style_image, image_size, style_size, content_layer, content_weight,
                   style_layers, style_weights, tv_weight, init_random=False):
    content_img = preprocess(PIL.Image.open(content_image), size=image_size).to(device)
    style_img = preprocess(PIL.Image.open(style_image), size=style_size).to(device)
    content_target = extract_features(content_img, cnn)[content_layer]
    style_targets = [gram_matrix(f) for i, f in enumerate(extract_features(style_img, cnn)) for l in style_layers if l == i]
    order = sorted(range(len(style_layers)), key=lambda position: style_layers[position])
    style_layers = [style_layers[position] for position in order]
    style_weights = [style_weights[position] for position in order]
    img = torch.zeros_like(content_img).uniform_(-1, 1) if init_random else content_img.detach().clone()
    img.requires_grad_()
    fast, slow = optim.Adam([img], lr=3.0), optim.Adam([img], lr=0.1)
    log = TransferLog(content_img, style_img, iterations=200)
    terms = []

    def closure():
        img.grad = None
        feats = extract_features(img, cnn)
        terms[:] = [
            content_loss(content_weight, feats[content_layer], content_target),
            style_loss(feats, style_layers, style_targets, style_weights),
            tv_loss(img, tv_weight),
        ]
        loss = torch.stack([term.reshape(()) for term in terms]).sum()
        loss.backward()
        return loss

    for iteration in range(200):
        if iteration < 190:
            img.data.clamp_(-1.5, 1.5)
        (fast if iteration < 180 else slow).step(closure)
        log.add(img, *(term.item() for term in terms))
    log.show()
    return img.detach().clone()
