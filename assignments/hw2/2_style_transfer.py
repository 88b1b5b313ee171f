# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2 · Style transfer
#
# A photograph of a town, in the manner of a painting: the houses stay where they are, and the brush strokes and colours
# are the painter's. In 2015 Leon Gatys and others found a way to do this that needs no training at all. They took a
# network that could recognise things, left its weights alone, and trained **the picture**.
#
# **You will build** the three parts of a loss, `content_loss`, `style_loss` (with `gram_matrix`) and `tv_loss`, and the
# loop that changes a picture until the loss is small, `style_transfer`. Then you run it on three pairs of pictures.
#
# **You will learn**
#
# - that a gradient can go to the input as well as to the weights, and what one can do with it;
# - what the layers of a network keep of a picture, and how *where* something is can be separated from *what it looks
#   like*;
# - to write sums over pixels and channels as a few operations on whole tensors, without a loop;
# - to read the learning curve of an optimisation whose learning rate is far too large at first, on purpose.
#
# **You need** the basics of PyTorch: tensors, `reshape`, matrix products, `backward`, an optimizer. A GPU helps in the
# `full` profile; the `smoke` profile runs on any laptop.

# %% [markdown]
# ## Points, and how your work is checked
#
# | part | what you give | points |
# |---|---|---:|
# | 2.1 | `content_loss` | 2 |
# | 2.2 | `gram_matrix` | 2 |
# | | `style_loss` | 2 |
# | 2.3 | `tv_loss` | 2 |
# | 2.4 | `style_transfer` | 4 |
# | | the pictures of three runs, an experiment of your own, and what you make of them | 3 |
# | | **together** | **15** |
#
# - Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Keep the names,
#   the order of the arguments and the shapes.
# - **Visible checks.** After each function there is a cell that begins with `check_`. It calls your function on
#   something small, prints a table with one line for each check, and stops with a message if something is wrong. Run
#   it as often as you like.
# - **Hidden tests.** After you hand in, the losses are tested on other tensors: other batches, channels and sizes, other
#   numbers of layers. `style_transfer` is run with **another, small network in the place of `cnn`** and on other
#   pictures, and the picture that it returns is judged by its losses there. So take the network from the name `cnn`,
#   and layers and weights from the arguments. A mistake costs the points of the tests that are about it, and no others.
# - Your pictures and your answers in 2.4 are looked at by a person.
# - Not graded: style, and how you print or draw, as long as the pictures and the curve are there.
#
# Run the cells from top to bottom. Before you hand in, restart the kernel and run all of them once more: in the
# `smoke` profile the whole notebook takes a minute.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn, optim

from utils.checks.style import (
    check_content_loss,
    check_gram_matrix,
    check_style_loss,
    check_style_transfer,
    check_tv_loss,
)
from utils.data import load_styles
from utils.pretrained import load_backbone
from utils.settings import settings_for
from utils.start import start
from utils.style import PIL, TransferLog, deprocess, describe_layers, extract_features, preprocess, show_images

settings = start("2_style_transfer", minutes=1, gpu=True)

# %% [markdown]
# ## Pictures as tensors
#
# `preprocess` makes a tensor of a picture: it scales the shorter side to `size` pixels, subtracts ImageNet's mean colour
# and divides by its standard deviation, as the network has always seen its pictures. `deprocess` goes the other way, to
# something that can be shown.

# %% nbgrader={"grade": false, "grade_id": "pictures", "locked": true, "schema_version": 3, "solution": false, "task": false}
device = torch.device(settings.device)
# Some people move tensors with .type(dtype), others with .to(device).
dtype = torch.cuda.FloatTensor if device.type == "cuda" else torch.FloatTensor

run = settings_for("2_style_transfer")
pictures = {name: str(path) for name, path in load_styles(run).items()}
tensors = {name: preprocess(PIL.Image.open(path), size=192) for name, path in pictures.items()}
for name, tensor in tensors.items():
    print(f"{name:16} {tuple(tensor.shape)}  values from {tensor.min():.2f} to {tensor.max():.2f}")
show_images(tensors);

# %% [markdown]
# ## The network
#
# `cnn` is the convolutional part of a network that has learnt to tell things apart: in the `full` profile SqueezeNet 1.1
# and the thousand classes of ImageNet, in `smoke` a small network of the same make that knows drawn shapes. It is a
# sequence of modules, and **every module's output is a layer**, counted from 0. `extract_features(x, cnn)` returns all
# of them as a list.
#
# Its weights are not to change, so we say at once that they need no gradient. Gradients still flow *through* the
# network, back to the picture.

# %% nbgrader={"grade": false, "grade_id": "network", "locked": true, "schema_version": 3, "solution": false, "task": false}
cnn = load_backbone(run.backbone).features.to(device)
for parameter in cnn.parameters():
    parameter.requires_grad = False


def features_from_img(path, size):
    """Features of a picture file, and the picture as a tensor."""
    img = preprocess(PIL.Image.open(path), size=size).to(device)
    return extract_features(img, cnn), img


example, _ = features_from_img(pictures[run.runs[0].content], run.runs[0].image_size)
describe_layers(example, cnn)

# %% [markdown]
# | symbol | in code | shape | what it is |
# |---|---|---|---|
# | $x$ | `img` | $(1, 3, H, W)$ | the picture that we change |
# | $\ell$ | `content_layer`, or an entry of `style_layers` | | number of a layer |
# | $C_\ell, H_\ell, W_\ell$ | | | channels, height and width of a layer's features |
# | $F^\ell$ | `feats[l]` | $(1, C_\ell, H_\ell, W_\ell)$ | features of $x$ |
# | $P^\ell$ | `content_target` | $(1, C_\ell, H_\ell, W_\ell)$ | features of the content picture |
# | $G^\ell$ | `gram_matrix(feats[l])` | $(1, C_\ell, C_\ell)$ | Gram matrix of $F^\ell$ |
# | $A^\ell$ | an entry of `style_targets` | $(1, C_\ell, C_\ell)$ | Gram matrix of the style picture's features |
# | $w_c, w_\ell, w_t$ | `content_weight`, `style_weights`, `tv_weight` | numbers | how much each term counts |
#
# ![How a picture is optimised. On the left, three pictures one below the other: the content picture, the picture x that is changed, and the style picture. All three go through the same network, whose weights are frozen. The content picture gives the features P, the style picture gives Gram matrices A; both are computed once and are the targets. The picture x gives features F, and from these Gram matrices G. The content loss compares F with P, the style loss compares G with A, the total-variation loss looks at the picture x itself. The three are added to the loss L. Dashed arrows show the gradient going back from L through the three losses and through the network to the picture x, and no further.](figures/style_losses.svg)

# %% [markdown]
# ## 2.1 Content: what is where
#
# Two pictures have the same content, as far as the network can tell, if a layer's features are the same. So the content
# loss is the squared distance between the features of our picture and those of the content picture, at one layer,
#
# $$ L_c = w_c \sum_{n, c, i, j} \left( F^\ell_{n c i j} - P^\ell_{n c i j} \right)^2 $$
#
# a **sum** over all samples, channels and positions. It is no mean.
#
# ### By hand
#
# One channel, a map of two positions by two, and $w_c = 0.5$:
#
# | | $F$ | $P$ | $F - P$ | squared |
# |---|---|---|---|---|
# | first row | 1, 2 | 1, 0 | 0, 2 | 0, 4 |
# | second row | 0, 3 | 1, 3 | −1, 0 | 1, 0 |
#
# The sum is 5, and $L_c = 2.5$.
#
# ### Your turn
#
# Write `content_loss`. It returns a tensor, since the gradient has to find its way back from it.

# %% nbgrader={"grade": false, "grade_id": "content_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def content_loss(content_weight, content_current, content_target):
    """Compare the features of a picture with those of the content picture.

    Parameters
    ----------
    content_weight : float
        How much this loss counts.
    content_current : Tensor (N, C, H, W)
        Features of the picture that is changed, at one layer; N is 1 in this notebook.
    content_target : Tensor (N, C, H, W)
        Features of the content picture at the same layer.

    Returns
    -------
    loss : Tensor ()
        The weighted sum of squared differences.
    """
    ### BEGIN SOLUTION
    return content_weight * ((content_current - content_target) ** 2).sum()
    ### END SOLUTION

# %% [markdown]
# Does your function agree with the example? It should print 2.5.

# %% nbgrader={"grade": false, "grade_id": "try_content_loss", "locked": true, "schema_version": 3, "solution": false, "task": false}
print(content_loss(0.5, torch.tensor([[[[1.0, 2.0], [0.0, 3.0]]]]), torch.tensor([[[[1.0, 0.0], [1.0, 3.0]]]])))

# %% nbgrader={"grade": true, "grade_id": "test_content_loss", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_content_loss(content_loss)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("content_loss")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `nn.functional.mse_loss` averages unless told otherwise. Every weight in this notebook is made for the sum.
# - `.item()` makes a plain number of a tensor, and a plain number has no gradient.

# %% [markdown]
# ## 2.2 Style: what goes with what, wherever it is
#
# A style is not a matter of places. If blue strokes bend next to yellow ones, it's the same style at the left of the
# picture as at the right. So we want to know of the features only *what occurs together*, and forget where.
#
# Take two channels of a layer. One responds to slanted edges, say, the other to blue. Multiply them position by position
# and add up: the sum is large if slanted edges tend to be blue. Do this for every pair of channels, each with itself too,
# and you have the **Gram matrix**,
#
# $$ G_{n c d} = \sum_{i, j} F_{n c i j} \, F_{n d i j} $$
#
# one matrix of $C \times C$ numbers for each sample $n$. Since a large layer has larger sums than a small one, we divide
# by the number of its entries, $H W C$, if `normalize` is true.
#
# ![The Gram matrix as one product. On the left the features of a layer, C maps of height H and width W, drawn as sheets one behind the other. In the middle each map is written out as one long row of H times W numbers, which gives a matrix with C rows. On the right this matrix times its own transpose gives the Gram matrix with C rows and C columns. Two rows, c and d, are marked: their product is the entry in row c and column d.](figures/style_gram.svg)
#
# Written out as in the formula, that would be loops over four indices. But look at it as a matrix: write each channel's
# map as one long row, and the sum over positions is the product of two rows. All pairs of rows at once is **one matrix
# product**. With a batch, PyTorch does it for all samples in one go: `@` of tensors with three axes, or `torch.bmm`,
# treats the first axis as the batch.
#
# ### By hand
#
# One sample, two channels, maps of one position by three, $F_0 = (1, 2, 0)$ and $F_1 = (0, 1, 3)$:
#
# | | with channel 0 | with channel 1 |
# |---|---:|---:|
# | channel 0 | $1 + 4 + 0 = 5$ | $0 + 2 + 0 = 2$ |
# | channel 1 | $0 + 2 + 0 = 2$ | $0 + 1 + 9 = 10$ |
#
# Normalised, each is divided by $H W C = 1 \cdot 3 \cdot 2 = 6$.
#
# ### Your turn
#
# Write `gram_matrix`, for a batch, and without a loop.

# %% nbgrader={"grade": false, "grade_id": "gram_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gram_matrix(features, normalize=True):
    """Multiply every pair of channels and sum over the positions.

    Parameters
    ----------
    features : Tensor (N, C, H, W)
        Features of a layer.
    normalize : bool
        Whether to divide by H * W * C.

    Returns
    -------
    gram : Tensor (N, C, C)
        A Gram matrix for each sample.
    """
    ### BEGIN SOLUTION
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows @ rows.transpose(1, 2)
    return gram / (H * W * C) if normalize else gram
    ### END SOLUTION

# %% [markdown]
# Does your function agree with the example? And does it forget where things are? The last line gives the positions of
# the example picture's features in random order; the Gram matrix shouldn't care.

# %% nbgrader={"grade": false, "grade_id": "try_gram_matrix", "locked": true, "schema_version": 3, "solution": false, "task": false}
tiny_features = torch.tensor([[[[1.0, 2.0, 0.0]], [[0.0, 1.0, 3.0]]]])
print("not normalised:", gram_matrix(tiny_features, normalize=False))
print("normalised:    ", gram_matrix(tiny_features))
one_layer = example[4]
shuffled = one_layer.flatten(2)[:, :, torch.randperm(one_layer[0, 0].numel())].reshape(one_layer.shape)
difference = (gram_matrix(one_layer) - gram_matrix(shuffled)).abs().max()
print(f"largest entry {gram_matrix(one_layer).abs().max():.3f}, largest change by shuffling {difference:.1e}")

# %% nbgrader={"grade": true, "grade_id": "test_gram_matrix", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_gram_matrix(gram_matrix)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("gram_matrix")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `features.reshape(N, H * W, C)` has the right size, but it tears the maps apart. Channels come before positions.
# - The product the other way round, $(H W) \times (H W)$: it compares positions, and for a large layer it won't fit
#   into memory.
# - `.T` turns *all* axes around; `.transpose(1, 2)` leaves the batch where it is.
# - `squeeze()` removes every axis of length 1, also where a batch of one or a single channel is meant.

# %% [markdown]
# ### The style loss
#
# At each of several layers, compare the Gram matrix of our picture with that of the style picture, and add up:
#
# $$ L_s = \sum_{\ell} w_\ell \sum_{c, d} \left( G^\ell_{c d} - A^\ell_{c d} \right)^2 $$
#
# The first layers see small things such as dots and colours, later ones larger patterns, so a few layers together make a
# style. The Gram matrices are normalised ones.
#
# Mind which list is counted how. `feats` holds **all** layers. `style_layers`, `style_targets` and `style_weights` have one
# entry for each layer **that counts**: with `style_layers = [1, 4]`, `style_targets[1]` belongs to `feats[4]`.
#
# ### Your turn
#
# Write `style_loss`. A loop over the layers is fine here; they have different sizes.

# %% nbgrader={"grade": false, "grade_id": "style_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def style_loss(feats, style_layers, style_targets, style_weights):
    """Compare Gram matrices of a picture with those of the style picture.

    Parameters
    ----------
    feats : list of Tensor (1, C, H, W)
        Features of the picture that is changed, at all layers; sizes differ from layer to layer.
    style_layers : list of int
        The layers that count.
    style_targets : list of Tensor (1, C, C)
        For each of `style_layers`, the normalised Gram matrix of the style picture.
    style_weights : list of float
        For each of `style_layers`, how much it counts.

    Returns
    -------
    loss : Tensor ()
        The weighted sum of squared differences.
    """
    ### BEGIN SOLUTION
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        loss = loss + weight * ((gram_matrix(feats[layer]) - target) ** 2).sum()
    return loss
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_style_loss", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_style_loss(style_loss)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("style_loss")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `style_targets[layer]` or `feats[i]`: the two are counted differently.
# - A number of layers that is written into the code. The checks use other numbers than four.
# - `loss += ...` on a tensor changes it in place. On a plain number, as at the start of a sum, it's harmless.

# %% [markdown]
# ## 2.3 Total variation: keep it smooth
#
# Nothing so far keeps the picture from filling up with fine noise that fools the network and looks like sand. The third
# term asks for neighbouring pixels to be alike. It is the sum of the squared differences of all pairs of neighbours, to
# the right and below, in each of the three colour channels:
#
# $$ L_{tv} = w_t \left( \sum_{c=1}^{3} \sum_{i=1}^{H} \sum_{j=1}^{W-1} \left( x_{c, i, j+1} - x_{c, i, j} \right)^2 + \sum_{c=1}^{3} \sum_{i=1}^{H-1} \sum_{j=1}^{W} \left( x_{c, i+1, j} - x_{c, i, j} \right)^2 \right) $$
#
# A picture of $H$ rows has $H - 1$ pairs of rows, and all $W$ columns of them count.
#
# ### By hand
#
# One channel, $w_t = 1$, a picture of two rows by three:
#
# | | | | | to the right | squared |
# |---|---:|---:|---:|---|---|
# | first row | 1 | 3 | 3 | 2, 0 | 4, 0 |
# | second row | 0 | 1 | 4 | 1, 3 | 1, 9 |
# | downwards | −1 | −2 | 1 | | 1, 4, 1 |
#
# To the right 14, downwards 6, together 20. (Your function gets three channels: the example below has the same one three
# times, so it should print 60.)
#
# ### Your turn
#
# Write `tv_loss` **without a loop**: subtract one part of the picture from another, shifted by one.

# %% nbgrader={"grade": false, "grade_id": "tv_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tv_loss(img, tv_weight):
    """Measure how much neighbouring pixels differ.

    Parameters
    ----------
    img : Tensor (1, 3, H, W)
        The picture.
    tv_weight : float
        How much this loss counts.

    Returns
    -------
    loss : Tensor ()
        The weighted sum of squared differences of neighbours, horizontally and vertically.
    """
    ### BEGIN SOLUTION
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * ((across**2).sum() + (down**2).sum())
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "try_tv_loss", "locked": true, "schema_version": 3, "solution": false, "task": false}
print(tv_loss(torch.tensor([[1.0, 3.0, 3.0], [0.0, 1.0, 4.0]]).expand(1, 3, 2, 3), 1.0))

# %% nbgrader={"grade": true, "grade_id": "test_tv_loss", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_tv_loss(tv_loss)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("tv_loss")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `w * a + b` where `w * (a + b)` is meant: one of the two directions goes without its weight.
# - `torch.roll` closes the picture to a ring: the left edge becomes a neighbour of the right one.
# - Slices that cut off the last row *and* the last column in both directions: some pairs are lost.
# - Height and width exchanged: no error with a square picture.

# %% [markdown]
# ## 2.4 Train a picture
#
# Now put it together. The loss of a picture is the sum of the three, and what we hand to the optimizer is the picture.
#
# | iterations, counted from 0 | learning rate | before each iteration |
# |---|---:|---|
# | 0 to 179 | 3.0 | clamp the values to $[-1.5, 1.5]$ |
# | 180 to 189 | 0.1 | clamp the values to $[-1.5, 1.5]$ |
# | 190 to 199 | 0.1 | leave the values free |
#
# Adam divides each pixel's gradient by the typical size of the gradients that it has seen there, so that in the first
# steps every pixel moves by about the learning rate. A rate of 3.0 throws it from one end of the range to the other, and
# only the clamping keeps it from being carried away. That is meant: the picture is to leave the content picture, where
# it begins, and find a region that is good as a whole. The gradients of these wild steps are enormous, and Adam remembers
# them for long, so the steps that follow are ever smaller.
#
# At iteration 180 you may set the rate of the optimizer that you have, or **make a new one** with the rate 0.1. A new one
# has forgotten the wild steps, moves every pixel by 0.1 at first, and settles the picture better. Both are accepted.
#
# ### Your turn
#
# Write `style_transfer`:
#
# 1. Read both pictures, `preprocess(PIL.Image.open(content_image), size=image_size)` and likewise the style picture with
#    `style_size`. They may differ in size: Gram matrices don't care. Move them to `device`.
# 2. Compute the targets, **once**: the features of the content picture at `content_layer`, and the Gram matrices of the
#    style picture at `style_layers`.
# 3. Make the picture to begin with: a copy of the content picture, or, with `init_random`, uniform noise between 0 and 1
#    of the same shape. Tell PyTorch that it needs a gradient.
# 4. Optimise it with `optim.Adam`, 200 iterations with the schedule above. To clamp without a trace in the gradient, and
#    without making another tensor that the optimizer doesn't know, write `img.data.clamp_(-1.5, 1.5)`.
# 5. Show the pictures and the learning curve, and **return the final picture**, $(1, 3, H, W)$.
#
# For what is shown, `TransferLog` is given. `log = TransferLog(content_img, style_img)` before the loop,
# `log.add(img, c_loss, s_loss, t_loss)` at the end of each iteration, which also moves a progress bar, and `log.show()`
# after it. You may draw all of it yourself instead.

# %% nbgrader={"grade": false, "grade_id": "style_transfer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def style_transfer(content_image, style_image, image_size, style_size, content_layer, content_weight,
                   style_layers, style_weights, tv_weight, init_random=False):
    """Paint a picture in the style of another one.

    Parameters
    ----------
    content_image, style_image : str
        The picture files.
    image_size : int
        Shorter side of the content picture, and of the result, in pixels.
    style_size : int
        Shorter side of the style picture in pixels.
    content_layer : int
        The layer of `cnn` at which content is compared.
    content_weight : float
        How much the content loss counts.
    style_layers : list of int
        The layers at which style is compared.
    style_weights : list of float
        How much each of these layers counts.
    tv_weight : float
        How much the total-variation loss counts.
    init_random : bool
        Whether to begin with noise, and not with the content picture.

    Returns
    -------
    img : Tensor (1, 3, H, W)
        The final picture, normalised like the network's inputs.
    """
    ### BEGIN SOLUTION
    content_img = preprocess(PIL.Image.open(content_image), size=image_size).to(device)
    style_img = preprocess(PIL.Image.open(style_image), size=style_size).to(device)
    with torch.no_grad():
        content_target = extract_features(content_img, cnn)[content_layer]
        style_feats = extract_features(style_img, cnn)
        style_targets = [gram_matrix(style_feats[layer]) for layer in style_layers]

    img = torch.rand_like(content_img) if init_random else content_img.clone()
    img.requires_grad_()
    optimizer = optim.Adam([img], lr=3.0)
    log = TransferLog(content_img, style_img, iterations=200)
    for iteration in range(200):
        if iteration < 190:
            img.data.clamp_(-1.5, 1.5)
        if iteration == 180:
            # A new optimizer has forgotten the enormous gradients of the first steps.
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
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_style_transfer", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check_style_transfer(style_transfer)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("style_transfer")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `img = content_img` is no copy: the optimizer then changes the content picture.
# - `img = img.clamp(-1.5, 1.5)` makes a new tensor, and the optimizer goes on holding the old one.
# - The gradients aren't set to zero.
# - The targets are computed anew in every iteration, which takes three times as long, or from the picture itself, so that
#   there is nothing to do.
# - `style_targets` from `style_img` read with `image_size`.

# %% [markdown]
# ### Three runs
#
# The settings hold three runs: which pictures, which sizes, which layers and weights.

# %% nbgrader={"grade": false, "grade_id": "runs", "locked": true, "schema_version": 3, "solution": false, "task": false}
def arguments(one):
    """The arguments of `style_transfer` for a run of the settings."""
    names = ("image_size", "style_size", "content_layer", "content_weight", "style_layers", "style_weights", "tv_weight")
    return {
        "content_image": pictures[one.content],
        "style_image": pictures[one.style],
        **{name: one[name] for name in names},
    }


results = {}
for number, one in enumerate(run.runs, start=1):
    print(f"run {number}: {one.content} in the style of {one.style}")
    for name in ("image_size", "style_size", "content_layer", "content_weight", "style_layers", "style_weights", "tv_weight"):
        print(f"    {name:15} {one[name]}")

# %% nbgrader={"grade": false, "grade_id": "run_1", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["run 1"] = style_transfer(**arguments(run.runs[0]))

# %% nbgrader={"grade": false, "grade_id": "run_2", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["run 2"] = style_transfer(**arguments(run.runs[1]))

# %% nbgrader={"grade": false, "grade_id": "run_3", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["run 3"] = style_transfer(**arguments(run.runs[2]))

# %% [markdown]
# *What you should see:* within the first iterations the loss shoots up to a hundred times what it was, and more, and the
# picture is a wild pattern of colours at the ends of their range. Then the loss falls, ever more slowly, and once more
# at the end. It is then a fraction of what it was in the beginning, the things are where they were, and strokes and
# colours are the style picture's.
#
# ### Each term by itself
#
# What does the content term know? Begin with noise, and switch the style off. And what does the style term know? Begin
# with noise, and switch the content off.

# %% nbgrader={"grade": false, "grade_id": "content_alone", "locked": true, "schema_version": 3, "solution": false, "task": false}
first = arguments(run.runs[0])
no_style = [0.0] * len(first["style_weights"])
results["content alone"] = style_transfer(**{**first, "style_weights": no_style, "init_random": True})

# %% nbgrader={"grade": false, "grade_id": "style_alone", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["style alone"] = style_transfer(**{**first, "content_weight": 0.0, "init_random": True})

# %% [markdown]
# The first is called *feature inversion*: a picture that the network takes for the content picture. The second is
# *texture synthesis*: the stuff that the style picture is made of, without its things.
#
# ### An experiment of your own
#
# Choose a run, change **one** of its numbers, and see what it does: the weight of the content or of one layer, which
# layers count, `style_size`, `tv_weight`. (`arguments(run.runs[0])` is a dictionary; `{**a, "tv_weight": 5.0}` is `a`
# with one entry replaced.)

# %% nbgrader={"grade": false, "grade_id": "experiment", "locked": false, "schema_version": 3, "solution": true, "task": false}
def experiment():
    """Run `style_transfer` with one number changed.

    Returns
    -------
    img : Tensor (1, 3, H, W)
        The final picture.
    """
    ### BEGIN SOLUTION
    changed = arguments(run.runs[0])
    changed["content_weight"] = 10 * changed["content_weight"]
    return style_transfer(**changed)
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "run_experiment", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["experiment"] = experiment()

# %% nbgrader={"grade": false, "grade_id": "all_results", "locked": true, "schema_version": 3, "solution": false, "task": false}
show_images(results, columns=3);

# %% [markdown]
# ### What do you see? (3 points)
#
# Look at your pictures and curves and answer in a few sentences each. Your pictures above are part of the answer: they
# are looked at, and should show what you describe.
#
# 1. **The pictures** (1 point). For each of the three runs: what is left of the content picture, and what has come from
#    the style picture? Name something of the style that has *not* come over, and say why the loss doesn't ask for it.
# 2. **The curves** (1 point). Why is one of the three terms tiny at iteration 0, and why does the total shoot up after
#    it? What happens to the curves from iteration 180 on, and why?
# 3. **Your experiment** (1 point). What did you change, what did you expect from the formulas, and what came out?

# %% [markdown] nbgrader={"grade": true, "grade_id": "what_do_you_see", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# **1. The pictures.** In all three runs the town is still there and its things are where they were: the outlines of roofs,
# rows of windows, the line of the shore. They are what the features of the content layer know, position by position.
# In run 1 the sky is dark blue and short bent strokes, light and dark side by side, run over walls and water as in the
# style picture. In run 2 the picture is cream-coloured, and dark outlines run through it, some of them curved like the
# circles of the style picture, even across the empty sky. In run 3 the style picture was read at half the size, so the
# strokes are finer, and the houses are clearer. What has not come over are the *things* of the style pictures: there is no
# large disc at its place. A Gram matrix sums over all positions, so it doesn't know where anything was, and a whole disc
# is larger than what a feature of these layers sees.
#
# **2. The curves.** The picture begins as a copy of the content picture, so its features *are* the targets, and the content
# loss is zero, or tiny once values beyond 1.5 have been clamped. The first step of Adam moves every pixel by about the
# learning rate of 3.0, which is the whole range, so the picture becomes a pattern of extreme colours, whose features are
# far from the content's and whose Gram matrices are far from the style's. A Gram matrix is quadratic in the features and
# its difference is squared, so the style term grows with the fourth power and shoots up most. Then the loss falls, but
# more and more slowly, since Adam divides by the gradients that it has seen, and those of the first steps were
# enormous. At iteration 180 the new Adam with the rate 0.1 has forgotten them. Its first steps are larger than the last ones
# before, which makes the small bump in the curve, but small enough to go downhill: in 20 iterations the content and the
# style term fall about as much as in the 80 before.
#
# **3. The experiment.** I gave the content ten times its weight in run 1. In the sum, the same deviation of features
# costs ten times as much, so I expected a picture nearer to the town and fewer strokes. That is what came out: walls and
# windows are clear, and the colours of the houses are partly back; the strokes are left in the river and in the sky,
# where the content has little to say. The style loss ends higher than in run 1, since the content now has its way where
# the two disagree.

# %% [markdown]
# **To think about** (not graded)
#
# 1. The loss is minimised anew for each picture, which takes 200 passes through the network. How could one train a
#    network once that does the same in a single pass?
# 2. The Gram matrix is one way to say what occurs together. The means and variances of the channels are another one.
#    Which of the two knows more? Which would you expect to be enough?
# 3. Why is a *convolutional* network essential for the style loss, even if another kind of network recognised things
#    just as well?
# 4. Could you take the content of a picture and the styles of two? Could you keep the colours of the content picture?
#
# **To read on**
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, *Image style transfer using convolutional neural networks*, CVPR 2016: where it
#   all began. The same authors' *Texture synthesis using convolutional neural networks*, NeurIPS 2015, is the style term
#   by itself.
# - A. Mahendran, A. Vedaldi, *Understanding deep image representations by inverting them*, CVPR 2015: the content term by
#   itself, and total variation.
# - J. Johnson, A. Alahi, L. Fei-Fei, *Perceptual losses for real-time style transfer and super-resolution*, ECCV 2016: an
#   answer to the first question.
# - F. N. Iandola and others, *SqueezeNet*, 2016: the network of the `full` profile.
