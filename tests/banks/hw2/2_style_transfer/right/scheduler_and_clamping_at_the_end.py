"""A MultiStepLR lowers the rate, iterations are counted from 1, the picture is clamped at the end of each."""

import torch
from torch import optim

from utils.style import PIL, TransferLog, extract_features, preprocess


def style_transfer(content_image, style_image, image_size, style_size, content_layer, content_weight,
                   style_layers, style_weights, tv_weight, init_random=False):
    def read(path, size):
        return preprocess(PIL.Image.open(path), size).to(device)

    content_img, style_img = read(content_image, image_size), read(style_image, style_size)
    content_target = extract_features(content_img, cnn)[content_layer].detach()
    style_feats = extract_features(style_img, cnn)
    style_targets = [gram_matrix(style_feats[layer]).detach() for layer in style_layers]
    img = (torch.rand(content_img.shape, device=device) if init_random else content_img.clone()).requires_grad_(True)
    optimizer = optim.Adam([img], lr=3.0)
    scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[180], gamma=1 / 30)
    log = TransferLog(content_img, style_img)
    for t in range(1, 201):
        optimizer.zero_grad(set_to_none=False)
        feats = extract_features(img, cnn)
        terms = (
            content_loss(content_weight, feats[content_layer], content_target),
            style_loss(feats, style_layers, style_targets, style_weights),
            tv_loss(img, tv_weight),
        )
        sum(terms).backward()
        optimizer.step()
        scheduler.step()
        if t < 190:
            with torch.no_grad():
                img.clamp_(-1.5, 1.5)
        log.add(img, *terms)
    log.show()
    return img
