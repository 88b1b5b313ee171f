"""An older solution: torchvision.models by name, no log, 25 epochs by default, a return from the middle of the drawing."""

import copy
import time

import matplotlib.pyplot as plt
import torch
from torch import nn, optim
from torch.optim import lr_scheduler

from utils.vision import imshow, models


def train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=25):
    start = time.time()
    best_wts, best_acc = copy.deepcopy(model.state_dict()), 0.0
    # one turn that only looks, if there is nothing to train
    for epoch in range(num_epochs or 1):
        print("epoch %d of %d" % (epoch + 1, num_epochs))
        for phase in ["train", "val"] if num_epochs > 0 else ["val"]:
            is_train = phase == "train"
            model.train(mode=is_train)
            loss_sum, corrects = 0.0, 0
            for x, y in dataloaders[phase]:
                x, y = x.to(device), y.to(device)
                optimizer.zero_grad()
                with torch.set_grad_enabled(is_train):
                    out = model(x)
                    _, guess = torch.max(out, 1)
                    loss = criterion(out, y)
                if is_train:
                    loss.backward()
                    optimizer.step()
                loss_sum += loss.item() * x.size(0)
                corrects += torch.sum(guess == y.data)
            if is_train:
                scheduler.step()
            acc = corrects.double() / dataset_sizes[phase]
            print("%5s loss %.4f acc %.4f" % (phase, loss_sum / dataset_sizes[phase], acc))
            if not is_train and acc > best_acc:
                best_acc, best_wts = acc, copy.deepcopy(model.state_dict())
    print("took %.0f s, best %.4f" % (time.time() - start, best_acc))
    model.load_state_dict(best_wts)
    return model


def visualize_model(device, dataloaders, model, class_names, num_images=6):
    mode_before = model.training
    model.eval()
    count = 0
    plt.figure()
    with torch.no_grad():
        for x, y in dataloaders["val"]:
            _, guess = torch.max(model(x.to(device)), 1)
            for k in range(x.size(0)):
                count += 1
                axis = plt.subplot(num_images // 2, 2, count)
                axis.set_title("predicted: " + class_names[guess[k]])
                imshow(x.cpu().data[k])
                if count == num_images:
                    model.train(mode=mode_before)
                    return
    model.train(mode=mode_before)


def finetune(device, dataloaders, dataset_sizes, class_names):
    model_ft = models.resnet18(pretrained=True)
    model_ft.fc = nn.Linear(model_ft.fc.in_features, 2)
    model_ft = model_ft.to(device)
    loss = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model_ft.parameters(), lr=0.001, momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
    return train_model(device, dataloaders, dataset_sizes, model_ft, loss, optimizer, scheduler)


def freeze(device, dataloaders, dataset_sizes, class_names):
    model_conv = models.resnet18(weights="IMAGENET1K_V1")
    for p in model_conv.parameters():
        p.requires_grad = False
    model_conv.fc = nn.Linear(model_conv.fc.in_features, 2)
    model_conv = model_conv.to(device)
    loss = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model_conv.fc.parameters(), lr=0.001, momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
    return train_model(device, dataloaders, dataset_sizes, model_conv, loss, optimizer, scheduler)
