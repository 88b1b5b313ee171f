"""The picture is a parameter without a batch axis, only the layers that are needed are computed, a pair is returned."""

import matplotlib.pyplot as plt
import torch
from torch import nn

from utils.style import PIL, deprocess, preprocess


def run_through(x, last):
    outputs = []
    for number, module in enumerate(cnn):
        if number > last:
            break
        x = module(x)
        outputs.append(x)
    return outputs


def style_transfer(content_image, style_image, image_size, style_size, content_layer, content_weight,
                   style_layers, style_weights, tv_weight, init_random=False):
    where = next(cnn.parameters()).device
    last = max([content_layer, *style_layers])
    content = preprocess(PIL.Image.open(content_image), size=image_size).to(where)
    style = preprocess(PIL.Image.open(style_image), size=style_size).to(where)
    with torch.no_grad():
        goal = run_through(content, last)[content_layer]
        targets = [gram_matrix(run_through(style, last)[layer]) for layer in style_layers]
    picture = nn.Parameter(torch.empty_like(content[0]).uniform_() if init_random else content[0].clone())
    adam = torch.optim.Adam([picture], lr=3.0)
    curve = []
    for t in range(200):
        with torch.no_grad():
            if t < 190:
                picture.copy_(torch.clamp(picture, min=-1.5, max=1.5))
        for group in adam.param_groups:
            group["lr"] = 3.0 if t < 180 else 0.1
        feats = run_through(picture.unsqueeze(0), last)
        loss = content_loss(content_weight, feats[content_layer], goal)
        loss = loss + style_loss(feats, style_layers, targets, style_weights) + tv_loss(picture[None], tv_weight)
        adam.zero_grad()
        loss.backward()
        adam.step()
        curve.append(loss.item())
    figure, axes = plt.subplots(1, 4)
    for panel, shown in zip(axes, (content, style, picture)):
        panel.imshow(deprocess(shown))
    axes[3].semilogy(curve)
    plt.show()
    return picture.detach(), curve
