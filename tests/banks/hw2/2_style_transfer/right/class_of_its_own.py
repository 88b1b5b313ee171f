"""A class does the work; style_transfer only calls it, forward hooks collect the features, a picture for PIL returns."""

import matplotlib.pyplot as plt
import torch
from torch import optim

from utils.style import PIL, deprocess, preprocess


class Painter:
    def __init__(self, layers):
        self.layers = layers

    def features(self, x):
        found = {}
        hooks = [
            module.register_forward_hook(lambda module, args, output, n=number: found.__setitem__(n, output))
            for number, module in enumerate(cnn)
        ]
        cnn(x)
        for hook in hooks:
            hook.remove()
        return found

    def paint(self, img, goal, targets, content_layer, content_weight, style_weights, tv_weight):
        optimizer = optim.Adam([{"params": [img], "lr": 3.0}])
        losses = []
        for t in range(200):
            if t == 180:
                optimizer.param_groups[0]["lr"] = 0.1
            if t < 190:
                img.data = img.data.clamp(-1.5, 1.5)
            feats = self.features(img)
            loss = (
                content_loss(content_weight, feats[content_layer], goal)
                + style_loss(feats, self.layers, targets, style_weights)
                + tv_loss(img, tv_weight)
            )
            img.grad = torch.autograd.grad(loss, img)[0]
            optimizer.step()
            losses.append(float(loss.detach()))
        return losses


def style_transfer(content_image, style_image, image_size, style_size, content_layer, content_weight,
                   style_layers, style_weights, tv_weight, init_random=False):
    content_img = preprocess(PIL.Image.open(content_image), size=image_size).to(device)
    style_img = preprocess(PIL.Image.open(style_image), size=style_size).to(device)
    painter = Painter(list(style_layers))
    goal = painter.features(content_img)[content_layer]
    targets = [gram_matrix(painter.features(style_img)[layer]) for layer in style_layers]
    img = torch.rand_like(content_img) if init_random else content_img.clone()
    img.requires_grad = True
    losses = painter.paint(img, goal, targets, content_layer, content_weight, style_weights, tv_weight)
    for picture in (content_img, style_img, img):
        plt.figure()
        plt.imshow(deprocess(picture))
        plt.show()
        plt.close()
    plt.plot(range(200), losses)
    plt.show()
    return deprocess(img)
