"""The whole model of the best epoch is copied, and the copy is returned."""

import copy

import torch

from utils.vision import TrainingLog


def train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=25):
    log = TrainingLog(model, num_epochs)
    best_model, best = model, -1
    for epoch in range(num_epochs + (num_epochs == 0)):
        for phase in dataloaders if num_epochs else ("val",):
            model.train(phase == "train")
            outputs, targets, total = [], [], 0.0
            for inputs, labels in dataloaders[phase]:
                labels = labels.to(device)
                if phase == "train":
                    scores = model(inputs.to(device))
                    loss = criterion(scores, labels)
                    loss.backward()
                    optimizer.step()
                    optimizer.zero_grad()
                else:
                    with torch.inference_mode():
                        scores = model(inputs.to(device))
                        loss = criterion(scores, labels)
                outputs.append(scores.detach())
                targets.append(labels)
                total += loss.item() * labels.shape[0]
            accuracy = (torch.cat(outputs).argmax(1) == torch.cat(targets)).float().mean()
            log.add(phase, total / dataset_sizes[phase], accuracy)
        if num_epochs:
            scheduler.step()
            if accuracy > best:
                best, best_model = accuracy, copy.deepcopy(model)
    return best_model
