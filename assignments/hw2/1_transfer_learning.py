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
# # 1 · Transfer learning
#
# How do you teach a network to tell ants from bees when you have only a hundred pictures of each? You don't start from
# nothing. A network that has learnt to tell a thousand other things apart already knows edges, textures, legs and
# wings. You borrow it, give it a new last layer, and train on your few pictures what is left to learn.
#
# **You will build** a training loop that fits every classifier of this kind, `train_model`; a look at what a model
# says, `visualize_model`; and two ways of borrowing a network, `finetune` and `freeze`. In the end you compare them,
# and you see how the same network does without its past.
#
# **You will learn**
#
# - what belongs into a training loop: two phases, two modes, where gradients are needed and where they are not;
# - which weights to keep, how to measure an accuracy, and in which ways both go wrong without an error message;
# - what "frozen" means in PyTorch, and what it costs and saves;
# - to ask of every result: compared with what?
#
# **You need** the basics of PyTorch: tensors, a module and its parameters, `backward`, an optimizer. A GPU helps in the
# `full` profile; the `smoke` profile runs on any laptop.

# %% [markdown]
# ## Points, and how your work is checked
#
# | part | what you give | points |
# |---|---|---:|
# | 1.1 | `train_model` | 5 |
# | 1.2 | `visualize_model` | 2 |
# | 1.3 | `finetune` | 3 |
# | 1.4 | `freeze` | 3 |
# | 1.5 | `report`, the best validation accuracies | 1 |
# | | what they say, a written comparison | 1 |
# | | **together** | **15** |
#
# - Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Keep the names
#   and the order of the arguments.
# - **Visible checks.** After each function there is a cell that begins with `check_`. It calls your function on
#   something small, prints a table with one line for each check, and stops with a message if something is wrong. Run
#   it as often as you like; it takes a second or two.
# - **Hidden tests.** After you hand in, your `train_model` trains other small models, whose weights after training are
#   known, and **your trained models are shown pictures of ants and bees that you have never had**. A mistake costs the
#   points of the tests that are about it, and no others.
# - **The comparison** is read by a person. It is judged by its reasons, not by how high your accuracies are.
# - Not graded: style, speed, what you print, and how you choose the numbers of a training run, as long as the models
#   learn.
#
# Run the cells from top to bottom. Before you hand in, restart the kernel and run all of them once more: in the
# `smoke` profile the whole notebook takes a minute.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import copy
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn, optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

from utils.checks.transfer import (
    check_finetune,
    check_freeze,
    check_report,
    check_train_model,
    check_visualize_model,
)
from utils.data import load_hymenoptera
from utils.pretrained import load_backbone
from utils.settings import settings_for
from utils.start import start
from utils.vision import MEAN, STD, TrainingLog, best_of, imshow, models, plot_curves, random_start, show_pictures

settings = start("1_transfer_learning", minutes=1, gpu=True)

# %% [markdown]
# What this notebook runs with is set in one place for each profile. You may use these numbers in your own functions,
# or choose others.

# %% nbgrader={"grade": false, "grade_id": "settings", "locked": true, "schema_version": 3, "solution": false, "task": false}
device = torch.device(settings.device)
run = settings_for("1_transfer_learning")
print(f"pictures of {run.image_size} x {run.image_size} pixels, {run.batch_size} in a batch")
print(run.finetune)
print(run.freeze)

# %% [markdown]
# ## The pictures
#
# Two classes, ants and bees, in a folder for each: `train/ants`, `train/bees`, `val/ants`, `val/bees`. In the `full`
# profile these are 244 and 153 photographs; in `smoke` they are small drawings, 120 and 80 of them, made for this
# course so that no single pixel and no colour gives the class away.
#
# Before a network sees a picture, three things happen to it.
#
# - **One size.** A batch is one tensor, so all pictures must have the same size. For validation we scale the shorter
#   side and cut out the middle.
# - **Augmentation**, in training only. Each time a picture is loaded, a random part of it is cut out and perhaps
#   mirrored. An ant seen from closer, or from the left, is still an ant. The network never sees exactly the same
#   picture twice, and has a harder time learning them by heart.
# - **Normalisation.** The pretrained network has always seen colours with a certain mean and spread, those of the
#   ImageNet collection, `MEAN` and `STD`. Give it anything else and it looks through tinted glasses.

# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false}
prepare = {
    "train": transforms.Compose([
        transforms.RandomResizedCrop(run.image_size),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ]),
    "val": transforms.Compose([
        transforms.Resize(run.resize),
        transforms.CenterCrop(run.image_size),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ]),
}
folder = load_hymenoptera(run)
pictures = {phase: ImageFolder(folder / phase, prepare[phase]) for phase in ("train", "val")}
dataloaders = {phase: DataLoader(pictures[phase], run.batch_size, shuffle=True) for phase in ("train", "val")}
dataset_sizes = {phase: len(pictures[phase]) for phase in ("train", "val")}
class_names = pictures["train"].classes
print(dataset_sizes, class_names)

# %% [markdown]
# A batch of the training set. In the second row is the same ant four times, as four epochs would see it.

# %% nbgrader={"grade": false, "grade_id": "show_pictures", "locked": true, "schema_version": 3, "solution": false, "task": false}
inputs, labels = next(iter(dataloaders["train"]))
print("inputs", tuple(inputs.shape), " labels", labels.tolist())
same_picture = [pictures["train"][0][0] for _ in range(4)]
titles = [class_names[label] for label in labels[:4]] + ["the same"] * 4
show_pictures([*inputs[:4], *same_picture], titles, columns=4);

# %% [markdown]
# | symbol | in code | shape | what it is |
# |---|---|---|---|
# | $N$ | `len(labels)` | | pictures in a batch; **the last batch of an epoch may be smaller** |
# | $S$ | `run.image_size` | | side of a picture in pixels |
# | $x$ | `inputs` | $(N, 3, S, S)$ | a batch of pictures, `float32` |
# | $y$ | `labels` | $(N,)$ | their classes as numbers, 0 for ants and 1 for bees |
# | | `outputs` | $(N, 2)$ | what the model says: a score for each class; the larger one is its prediction |
# | | `criterion(outputs, labels)` | a number | the loss, **averaged over the batch**; here cross entropy |

# %% [markdown]
# ## 1.1 The training loop
#
# An **epoch** has two phases. In the training phase the model sees every training picture once and learns from each
# batch. In the validation phase it sees the validation pictures, learns nothing, and we count how often it is right.
# The two must be kept apart, in four ways:
#
# | | training phase | validation phase |
# |---|---|---|
# | data | `dataloaders["train"]` | `dataloaders["val"]` |
# | mode of the model | training | evaluation |
# | gradients | recorded | not recorded: they cost time and memory |
# | weights | change with every batch | stay as they are |
#
# After the training phase of each epoch, the `scheduler` gets a step: it lowers the learning rate every few epochs.
#
# ### What a mode is
#
# Some layers behave differently in training and in evaluation. *Dropout* switches units off at random, in training
# only. *Batch normalisation* subtracts a mean and divides by a standard deviation: in training those of the batch at
# hand, while it keeps a running average of them on the side; in evaluation that running average. It is no gradient
# that moves the running average, but the forward pass itself. See what one batch does to it:

# %% nbgrader={"grade": false, "grade_id": "try_modes", "locked": true, "schema_version": 3, "solution": false, "task": false}
layer = nn.BatchNorm1d(1)
batch = torch.tensor([[8.0], [12.0]])
for mode in ("evaluation", "training"):
    layer.train(mode == "training")
    with torch.no_grad():
        result = layer(batch)
    numbers = [round(value, 3) for value in result.ravel().tolist()]
    print(f"{mode:10}  8, 12 become {numbers}  running mean afterwards: {layer.running_mean.item():.1f}")

# %% [markdown]
# If the model is still in training mode while you validate, two things go wrong: a picture's prediction depends on
# which other pictures happen to be in its batch, and the validation pictures leave their traces in the model. No error
# message will tell you.
#
# ### What to keep
#
# The validation accuracy goes up and down from epoch to epoch. We want the model of the **best** epoch, and it may not
# be the last one. So whenever the validation accuracy is higher than ever before, the weights of that moment have to be
# put aside. There is a trap:

# %% nbgrader={"grade": false, "grade_id": "try_state_dict", "locked": true, "schema_version": 3, "solution": false, "task": false}
layer = nn.Linear(1, 1, bias=False)
nn.init.constant_(layer.weight, 0.5)
kept = layer.state_dict()
print("put aside:         ", kept["weight"].item())
with torch.no_grad():
    layer.weight += 1  # as an optimizer does
print("after another step:", kept["weight"].item())

# %% [markdown]
# A `state_dict` holds the model's own tensors, not copies of them. Look into the module `copy` for the cure.
#
# ### What an average is over
#
# Nine validation pictures in batches of 4, 4 and 1. The model is right on 3, 4 and 0 of them.
#
# | | batch 1 | batch 2 | batch 3 | together |
# |---|---:|---:|---:|---|
# | right | 3 of 4 | 4 of 4 | 0 of 1 | 7 of 9: accuracy **0.778** |
# | accuracy of the batch | 0.75 | 1.00 | 0.00 | mean of the three: 0.583 |
# | loss, averaged over the batch | 0.40 | 0.10 | 1.30 | |
# | loss, summed over the batch | 1.60 | 0.40 | 1.30 | 3.30 / 9 = **0.367**, and not (0.40 + 0.10 + 1.30) / 3 = 0.600 |
#
# A mean of batches gives the single picture of the small batch the weight of four. What we want is the accuracy and
# the mean loss **over the samples**.

# %% [markdown]
# ### Your turn
#
# Write `train_model`. It takes everything that it needs as arguments, so that it can train any classifier with any
# criterion, optimizer and scheduler.
#
# - In each of `num_epochs` epochs: the training phase, a step of the scheduler, the validation phase.
# - `inputs` and `labels` come from the loaders on the CPU; the model may live on a GPU. Move them to `device`.
# - A step of learning: gradients to zero, forward, loss, backward, step of the optimizer.
# - With `num_epochs=0` nothing is trained: the model is evaluated once on `val`, in evaluation mode, and comes back
#   unchanged. Print what you find: it is how you see where a model starts from.
# - Return the model, with the weights of the best epoch loaded.
#
# One line is given: `TrainingLog` shows a progress bar and remembers the numbers for the curves. At the end of each
# phase, call `log.add(phase, loss, accuracy)` with the averages of that phase.

# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=25):
    """Train a classifier and return it with the weights of its best epoch.

    Parameters
    ----------
    device : torch.device
        Where the model is, and where batches have to go.
    dataloaders : dict
        "train" and "val": loaders of batches (inputs, labels), the inputs (N, ...), the labels (N,).
    dataset_sizes : dict
        "train" and "val": how many samples there are.
    model : torch.nn.Module
        Gives a score for each class, (N, classes).
    criterion : callable
        Takes outputs and labels of a batch, gives the mean loss.
    optimizer : torch.optim.Optimizer
        Changes the weights, batch by batch.
    scheduler : learning rate scheduler
        Takes one step at the end of each training phase.
    num_epochs : int
        With 0 the model is only evaluated on "val".

    Returns
    -------
    model : torch.nn.Module
        The same model, with the weights of the epoch with the highest validation accuracy.
    """
    log = TrainingLog(model, num_epochs)
    ### BEGIN SOLUTION
    def run_phase(phase):
        training = phase == "train"
        model.train(training)
        total_loss, right = 0.0, 0
        with torch.set_grad_enabled(training):
            for inputs, labels in dataloaders[phase]:
                inputs, labels = inputs.to(device), labels.to(device)
                outputs = model(inputs)
                loss = criterion(outputs, labels)
                if training:
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                # The criterion averages over the batch, and batches may differ in size.
                total_loss += loss.item() * len(labels)
                right += (outputs.argmax(dim=1) == labels).sum().item()
        loss, accuracy = total_loss / dataset_sizes[phase], right / dataset_sizes[phase]
        log.add(phase, loss, accuracy)
        return loss, accuracy

    if num_epochs == 0:
        loss, accuracy = run_phase("val")
        print(f"untrained: validation loss {loss:.4f}, accuracy {accuracy:.4f}")
        return model

    best_accuracy, best_epoch, best_weights = -1.0, 0, None
    for epoch in range(1, num_epochs + 1):
        run_phase("train")
        scheduler.step()
        _, accuracy = run_phase("val")
        if accuracy > best_accuracy:
            best_accuracy, best_epoch, best_weights = accuracy, epoch, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_weights)
    print(f"best validation accuracy {best_accuracy:.4f}, in epoch {best_epoch} of {num_epochs}")
    return model
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_train_model", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check_train_model(train_model)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("train_model")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `model.train()` once before the loop. The first validation phase puts the model into evaluation mode, and there it
#   stays.
# - Gradients are not set to zero. `backward` *adds* to what is there.
# - The scheduler steps with every batch, in both phases, or before the optimizer has made its first step. (Before
#   PyTorch 1.1 that last one was how it was done; older solutions that you find still do it.)
# - A counter of right answers that is a tensor on the GPU is fine; one that is an integer divided by an integer number
#   of *batches* isn't.
# - The best weights are put aside, and never loaded.
# - With `num_epochs=0`: an accuracy of a variable that no epoch has set.

# %% [markdown]
# ## 1.2 A look at what a model says
#
# A number such as 0.93 says nothing about *which* pictures a model gets wrong. Look at some.
#
# ### Your turn
#
# Write `visualize_model`: show `num_images` pictures of the validation set, each with the class that the model
# **predicts** in its title. (Add the true class if you like: it is what you want to know next.)
#
# - `imshow(image, title)` is given: it undoes the normalisation of one picture $(3, S, S)$ and shows it in the current
#   axes. Make the axes with `plt.subplot` or `plt.subplots` as usual, one for each picture. `show_pictures(images,
#   titles)` does a whole grid at once.
# - Take as many batches as you need: `num_images` may be more than a batch has, or more than there are at all. Show all
#   that there are then.
# - The function is a visitor. It needs the model in evaluation mode, and must **leave it in the mode in which it came**,
#   whichever that was.

# %% nbgrader={"grade": false, "grade_id": "visualize_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def visualize_model(device, dataloaders, model, class_names, num_images=6):
    """Show validation pictures with what the model takes them for.

    Parameters
    ----------
    device : torch.device
        Where the model is.
    dataloaders : dict
        "val": loader of batches (inputs, labels), the inputs (N, 3, S, S), normalised.
    model : torch.nn.Module
        Gives a score for each class, (N, classes).
    class_names : list of str
        Names of the classes, by their numbers.
    num_images : int
        How many pictures to show.
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    images, titles = [], []
    with torch.no_grad():
        for inputs, labels in dataloaders["val"]:
            predicted = model(inputs.to(device)).argmax(dim=1).tolist()
            for image, guess, label in zip(inputs, predicted, labels.tolist()):
                images.append(image)
                mark = "" if guess == label else f"\n(really {class_names[label]})"
                titles.append(f"{class_names[guess]}{mark}")
            if len(images) >= num_images:
                break
    show_pictures(images[:num_images], titles[:num_images])
    model.train(was_training)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_visualize_model", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_visualize_model(visualize_model)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("visualize_model")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `model.train()` at the end, whatever the mode was before.
# - The true class in the title where the predicted one belongs, or the prediction for the neighbour.
# - A `break` that leaves the inner loop only: every batch then adds its pictures.
# - A `return` from the middle of the loop, past the line that restores the mode.

# %% [markdown]
# ## 1.3 Fine-tuning
#
# Now we borrow a network. `load_backbone("resnet18")` gives you one that has been trained to tell many classes apart:
# in the `full` profile it is torchvision's ResNet-18 and its thousand ImageNet classes; in `smoke` a small network of
# the same make that has learnt to tell apart drawn shapes: stars, rings, combs, fish, plain or striped. No insect was
# among them.

# %% nbgrader={"grade": false, "grade_id": "try_backbone", "locked": true, "schema_version": 3, "solution": false, "task": false}
backbone = load_backbone("resnet18")
weights = sum(parameter.numel() for parameter in backbone.parameters())
print(f"{weights:,} weights and biases, the last layer is `fc`: {backbone.fc}")

# %% [markdown]
# Its layers turn a picture into a vector of features, and the last layer, `fc`, turns the features into scores for
# classes that we don't care about. We keep the layers and replace `fc` by a new one with two outputs.
#
# ![Two ways of borrowing a network, one above the other. In both, a picture goes through many pretrained layers, which turn it into a vector of features, and then through the new layer fc, which gives two scores, for ants and for bees, from which the loss is computed. Above, fine-tuning: dashed arrows show the gradient going back from the loss through fc and on through all pretrained layers; all weights are trained. Below, freezing: the gradient goes back through fc and ends there; the pretrained layers carry a mark that says frozen, and only fc is trained.](figures/transfer.svg)
#
# **Fine-tuning** trains *all* weights on the new task. The new layer begins with random numbers, the others begin where
# the old task left them, which is a far better place than random. With a small learning rate they stay near it.
#
# ### Your turn
#
# Write `finetune`:
#
# 1. load the backbone and replace its last layer: how many features does the old one take in?
# 2. move the model to `device`;
# 3. make a criterion (cross entropy), an optimizer that holds **all** parameters (SGD with momentum 0.9 does well), and
#    a scheduler that multiplies the learning rate by `gamma` every `step_size` epochs (`lr_scheduler.StepLR`);
# 4. evaluate once before training, with `num_epochs=0`, then train with your `train_model`, and return the model.
#
# Numbers that work are in `settings_for("1_transfer_learning").finetune`: `epochs`, `learning_rate`, `step_size`,
# `gamma`.

# %% nbgrader={"grade": false, "grade_id": "finetune", "locked": false, "schema_version": 3, "solution": true, "task": false}
def finetune(device, dataloaders, dataset_sizes, class_names):
    """Train a pretrained network on new classes, all of its weights.

    Parameters
    ----------
    device : torch.device
    dataloaders, dataset_sizes : dict
        As for `train_model`.
    class_names : list of str
        Names of the classes; the new last layer has an output for each.

    Returns
    -------
    model : torch.nn.Module
        The trained model.
    """
    ### BEGIN SOLUTION
    numbers = settings_for("1_transfer_learning").finetune
    model = load_backbone("resnet18")
    model.fc = nn.Linear(model.fc.in_features, len(class_names))
    model = model.to(device)

    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=numbers.learning_rate, momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=numbers.step_size, gamma=numbers.gamma)
    arguments = (device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler)
    train_model(*arguments, num_epochs=0)
    return train_model(*arguments, num_epochs=numbers.epochs)
    ### END SOLUTION

# %% [markdown]
# The check calls your function with a handful of tiny pictures and looks at what became of the weights. Then train on
# the real ones.

# %% nbgrader={"grade": false, "grade_id": "check_finetune", "locked": true, "schema_version": 3, "solution": false, "task": false}
check_finetune(finetune)

# %% nbgrader={"grade": false, "grade_id": "run_finetune", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(settings.seed)
started = time.perf_counter()
model_ft = finetune(device, dataloaders, dataset_sizes, class_names)
print(f"fine-tuned in {time.perf_counter() - started:.0f} s")
plot_curves({"finetune": model_ft});

# %% [markdown]
# *What you should see:* the untrained model guesses: an accuracy somewhere near one half. After a few epochs the
# validation accuracy is above 0.8, and in the end near 0.9 or above it. The training curve may well lie *below* the
# validation curve: training pictures come cut and mirrored, and their accuracy is counted while the model is still
# learning.

# %% nbgrader={"grade": false, "grade_id": "show_finetune", "locked": true, "schema_version": 3, "solution": false, "task": false}
visualize_model(device, dataloaders, model_ft, class_names)

# %% nbgrader={"grade": true, "grade_id": "test_finetune", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check_finetune(finetune)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("finetune")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - The optimizer is made before the last layer is replaced: it goes on holding the old one, and the new one never
#   learns.
# - `model.fc.out_features = 2` changes a number in a description, not the layer.
# - A softmax at the end: `nn.CrossEntropyLoss` wants the scores as they are.
# - A learning rate ten times too large: the borrowed weights are lost in the first few steps.
# - No `return`.

# %% [markdown]
# ## 1.4 A frozen network
#
# The second way is more modest: leave the borrowed layers exactly as they are, and train the new last layer alone. The
# network becomes a fixed function that turns pictures into features, and what we train on top of it is logistic
# regression: 258 numbers in place of more than half a million in `smoke`, 1,026 in place of eleven million with
# ResNet-18.
#
# A parameter is *frozen* when its `requires_grad` is `False`. Then autograd computes no gradient for it, and since
# no gradient is asked for below the last layer, the backward pass ends there: each step is faster and needs less
# memory. Mind the order: a new layer's parameters have `requires_grad=True` from the start.
#
# One thing in a frozen network still moves. The running averages of batch normalisation are not parameters but
# *buffers*; no gradient belongs to them, and in training mode every forward pass updates them. You may leave it at that,
# as most people do, or keep those layers in evaluation mode: both are accepted. Which of the two is the better
# comparison with "a fixed function"?
#
# ### Your turn
#
# Write `freeze`. It is `finetune` with two differences: **all weights but the new last layer's are frozen**, and **the
# optimizer holds only those of the last layer**. Numbers that work are in
# `settings_for("1_transfer_learning").freeze`.

# %% nbgrader={"grade": false, "grade_id": "freeze", "locked": false, "schema_version": 3, "solution": true, "task": false}
def freeze(device, dataloaders, dataset_sizes, class_names):
    """Train a new last layer on top of a pretrained network, all other weights frozen.

    Parameters
    ----------
    device : torch.device
    dataloaders, dataset_sizes : dict
        As for `train_model`.
    class_names : list of str
        Names of the classes; the new last layer has an output for each.

    Returns
    -------
    model : torch.nn.Module
        The trained model.
    """
    ### BEGIN SOLUTION
    numbers = settings_for("1_transfer_learning").freeze
    model = load_backbone("resnet18")
    for parameter in model.parameters():
        parameter.requires_grad = False
    model.fc = nn.Linear(model.fc.in_features, len(class_names))
    model = model.to(device)

    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.fc.parameters(), lr=numbers.learning_rate, momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=numbers.step_size, gamma=numbers.gamma)
    arguments = (device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler)
    train_model(*arguments, num_epochs=0)
    return train_model(*arguments, num_epochs=numbers.epochs)
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "check_freeze", "locked": true, "schema_version": 3, "solution": false, "task": false}
check_freeze(freeze)

# %% nbgrader={"grade": false, "grade_id": "run_freeze", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(settings.seed)
started = time.perf_counter()
model_conv = freeze(device, dataloaders, dataset_sizes, class_names)
print(f"trained in {time.perf_counter() - started:.0f} s")
plot_curves({"finetune": model_ft, "freeze": model_conv});

# %% nbgrader={"grade": false, "grade_id": "show_freeze", "locked": true, "schema_version": 3, "solution": false, "task": false}
visualize_model(device, dataloaders, model_conv, class_names)

# %% nbgrader={"grade": true, "grade_id": "test_freeze", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check_freeze(freeze)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("freeze")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - Frozen *after* the last layer was replaced: then it is frozen too, and `backward` complains that nothing requires a
#   gradient.
# - Some layers are forgotten: the weights of batch normalisation are parameters as well.
# - `model.requires_grad = False` sets an attribute that nobody reads. The parameters have one each.
# - The optimizer holds everything. It does no harm today, as it skips what has no gradient; with weight decay or a
#   leftover gradient it would.

# %% [markdown]
# ## 1.5 Compared with what?
#
# Two accuracies stand side by side. But was it the *borrowing* that did it? Perhaps the network would have learnt just
# as well from nothing. So we run your `finetune` once more, with one difference: inside `with random_start():` every
# network that is loaded has random weights, as if `pretrained=False` had been asked for.

# %% nbgrader={"grade": false, "grade_id": "run_scratch", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(settings.seed)
with random_start():
    model_scratch = finetune(device, dataloaders, dataset_sizes, class_names)
plot_curves({"finetune": model_ft, "freeze": model_conv, "random start": model_scratch});

# %% [markdown]
# *What you should see:* from a random start, the same network, the same pictures and the same number of steps lead
# hardly away from guessing, while both borrowed networks are right on about nine pictures of ten.
#
# ### Report the best accuracies (1 point)
#
# Report the best validation accuracy of both models, as fractions from 0 to 1. `best_of(model)` reads it off the log
# that your `train_model` has kept; you may also measure it anew.

# %% nbgrader={"grade": false, "grade_id": "report", "locked": false, "schema_version": 3, "solution": true, "task": false}
def report():
    """Say how good `model_ft` and `model_conv` are on the validation set.

    Returns
    -------
    accuracies : dict
        "finetune" and "freeze": the best validation accuracy of each, from 0 to 1.
    """
    ### BEGIN SOLUTION
    return {"finetune": best_of(model_ft), "freeze": best_of(model_conv)}
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "show_report", "locked": true, "schema_version": 3, "solution": false, "task": false}
for name, accuracy in {**report(), "random start": best_of(model_scratch)}.items():
    print(f"{name:13} {accuracy:.4f}  {'#' * round(50 * np.nan_to_num(accuracy))}")
print("guessing      0.5000")

# %% nbgrader={"grade": true, "grade_id": "test_report", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check_report(report, {"finetune": model_ft, "freeze": model_conv}, dataloaders["val"], device)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("report")
### END HIDDEN TESTS

# %% [markdown]
# With the photographs and ResNet-18, 25 epochs each, students of this course have reported 0.92 to 0.95 with
# fine-tuning and about 0.95 to 0.96 with frozen layers; before training, anything from 0.42 to 0.69.
#
# ### Write: what do the numbers say? (1 point)
#
# In about ten sentences, with your own numbers:
#
# 1. **What did the borrowing bring?** Which of the accuracies above (before training, fine-tuned, frozen, from a random
#    start) do you compare to answer that, and why those?
# 2. **Fine-tuned or frozen?** Which is ahead for you, and by how many pictures? Is that enough to call it the better
#    way? Say for both what speaks for it on a task like this one.
# 3. **How far do you trust the number you report?** It is the *best* of all epochs, on the pictures that also decided
#    which epoch is the best. For new pictures, do you expect more or less, and what would you need to find out?

# %% [markdown] nbgrader={"grade": true, "grade_id": "compare_models", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# **1. What the borrowing brought.** In the `smoke` profile the fine-tuned network is right on about 0.95 of the
# validation pictures, the same network from a random start on about 0.57, which is hardly more than guessing. The two
# runs have everything else in common: network, pictures, number of steps, learning rate, last layer. So the difference
# of about 0.4 is due to the borrowed weights. The accuracy *before* training, 0.4 to 0.7, does not answer the question:
# it has borrowed features too, but a last layer of random numbers. (A fair doubt: the learning rate was chosen for
# fine-tuning. A random start would do better with a larger one and more epochs; with 120 pictures hardly as well.)
#
# **2. Fine-tuned or frozen.** 0.95 against 0.94 is 76 against 75 of 80 pictures. If one picture more or less is
# luck, an accuracy $p$ measured on $n$ pictures has a standard deviation of about $\sqrt{p (1 - p) / n}$, here 0.02 to
# 0.03, so a difference of one or two pictures decides nothing; with another seed the order may be the other way round. For
# freezing speak the costs (no gradients below `fc`, so each step is shorter) and that few adjustable numbers cannot learn
# few pictures by heart. For fine-tuning speaks that the features can adapt where the new pictures differ from the old
# ones, which pays more the more pictures there are.
#
# **3. Trust.** The number is too high for new pictures, a little: of eight accuracies, each with some luck in it, we
# took the largest, and that one has had good luck on average. The same pictures chose the epoch and judged the result. A
# fair estimate needs a third set, which decides nothing and is looked at once.

# %% [markdown]
# **To think about** (not graded)
#
# 1. With the photographs, the frozen network often does a little *better* than the fine-tuned one, though it has far
#    fewer numbers to adjust. Why may that be? What would change with ten thousand photographs in place of 244?
# 2. ImageNet has classes called *ant* and *bee*. Does that spoil the experiment? How would you choose a task that the
#    pretrained network knows nothing about?
# 3. Could you freeze the network even more cheaply: run it over each picture once, keep the features, and train on
#    those? What would you have to give up?
#
# **To read on**
#
# - J. Yosinski, J. Clune, Y. Bengio, H. Lipson, *How transferable are features in deep neural networks?*, NeurIPS 2014:
#   which layers are general and which belong to one task.
# - A. S. Razavian and others, *CNN features off-the-shelf*, CVPR workshops 2014: frozen features and a linear model.
# - S. Kornblith, J. Shlens, Q. V. Le, *Do better ImageNet models transfer better?*, CVPR 2019: both ways of borrowing,
#   on twelve data sets.
# - S. Ioffe, C. Szegedy, *Batch normalization*, ICML 2015: why there are two modes.
