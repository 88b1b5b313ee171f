"""With init_random it begins with one even grey."""
# loses: style_transfer
# message: one even colour

import torch
from torch import optim

from utils.style import PIL, TransferLog, extract_features, preprocess


def style_transfer(content_image, style_image, image_size, style_size, content_layer, content_weight,
                   style_layers, style_weights, tv_weight, init_random=False):
    content_img = preprocess(PIL.Image.open(content_image), size=image_size).to(device)
    style_img = preprocess(PIL.Image.open(style_image), size=style_size).to(device)
    with torch.no_grad():
        content_target = extract_features(content_img, cnn)[content_layer]
        style_feats = extract_features(style_img, cnn)
        style_targets = [gram_matrix(style_feats[layer]) for layer in style_layers]

    img = torch.zeros_like(content_img) if init_random else content_img.clone()
    img.requires_grad_()
    optimizer = optim.Adam([img], lr=3.0)
    log = TransferLog(content_img, style_img, iterations=200)
    for iteration in range(200):
        if iteration < 190:
            img.data.clamp_(-1.5, 1.5)
        if iteration == 180:
            # A new optimizer: the running averages of the wild steps would lead the careful ones astray.
            optimizer = optim.Adam([img], lr=0.1)
        feats = extract_features(img, cnn)
        c_loss = content_loss(content_weight, feats[content_layer], content_target)
        s_loss = style_loss(feats, style_layers, style_targets, style_weights)
        t_loss = tv_loss(img, tv_weight)
        optimizer.zero_grad()
        (c_loss + s_loss + t_loss).backward()
        optimizer.step()
        log.add(img, c_loss, s_loss, t_loss)
    log.show()
    return img.detach()
