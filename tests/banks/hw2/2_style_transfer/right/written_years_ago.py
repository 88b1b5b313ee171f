"""As it was written for PyTorch 0.4: Variable, .data, .type(dtype), its own drawing, a new Adam, and nothing returned."""

import matplotlib.pyplot as plt
import torch
from torch.autograd import Variable

from utils.style import PIL, deprocess, extract_features, preprocess


def content_loss(content_weight, content_current, content_target):
    return content_weight * torch.sum(torch.pow(content_current - content_target, 2))


def gram_matrix(features, normalize=True):
    N, C, H, W = features.size()
    flat = features.view(N, C, -1)
    gram = torch.bmm(flat, flat.permute(0, 2, 1))
    if normalize:
        gram /= (H * W * C)
    return gram


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = Variable(torch.zeros(1).type_as(feats[0]))
    for i in range(len(style_layers)):
        loss += style_weights[i] * torch.sum((gram_matrix(feats[style_layers[i]]) - style_targets[i]) ** 2)
    return loss


def tv_loss(img, tv_weight):
    _, _, H, W = img.size()
    vertical = torch.sum(torch.pow(img[:, :, 1:H, :] - img[:, :, 0:H - 1, :], 2))
    horizontal = torch.sum(torch.pow(img[:, :, :, 1:W] - img[:, :, :, 0:W - 1], 2))
    return tv_weight * (vertical + horizontal)


def style_transfer(content_image, style_image, image_size, style_size, content_layer, content_weight,
                   style_layers, style_weights, tv_weight, init_random = False):
    content_img = preprocess(PIL.Image.open(content_image), size=image_size).type(dtype)
    feats = extract_features(Variable(content_img), cnn)
    content_target = feats[content_layer].clone()
    style_img = preprocess(PIL.Image.open(style_image), size=style_size).type(dtype)
    feats = extract_features(Variable(style_img), cnn)
    style_targets = []
    for idx in style_layers:
        style_targets.append(gram_matrix(feats[idx].clone()))

    if init_random:
        img = torch.Tensor(content_img.size()).uniform_(0, 1).type(dtype)
    else:
        img = content_img.clone().type(dtype)
    img_var = Variable(img, requires_grad=True)
    optimizer = torch.optim.Adam([img_var], lr=3.0)

    f, axarr = plt.subplots(1, 2)
    axarr[0].axis('off')
    axarr[1].axis('off')
    axarr[0].imshow(deprocess(content_img.cpu()))
    axarr[1].imshow(deprocess(style_img.cpu()))
    plt.show()
    plt.figure()
    losses = []
    for t in range(200):
        if t < 190:
            img.clamp_(-1.5, 1.5)
        optimizer.zero_grad()
        feats = extract_features(img_var, cnn)
        loss = content_loss(content_weight, feats[content_layer], content_target)
        loss = loss + style_loss(feats, style_layers, style_targets, style_weights) + tv_loss(img_var, tv_weight)
        loss.backward()
        losses.append(loss.data.item())
        if t == 180:
            optimizer = torch.optim.Adam([img_var], lr=0.1)
        optimizer.step()
        if t % 100 == 0:
            print('Iteration {}'.format(t))
            plt.axis('off')
            plt.imshow(deprocess(img.cpu()))
            plt.show()
    print('Iteration {}'.format(t))
    plt.axis('off')
    plt.imshow(deprocess(img.cpu()))
    plt.show()
    plt.figure()
    plt.plot(losses)
    plt.show()
