"""With num_epochs=0 the training set is evaluated."""
# loses: train_model
# message: 'val' only

import copy

import torch


def train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=25):
    best_weights = copy.deepcopy(model.state_dict())
    best_accuracy = 0.0
    for epoch in range(max(num_epochs, 1)):
        for phase in ["train", "val"] if num_epochs else ["val"]:
            if phase == "train":
                model.train()
            else:
                model.eval()
            total_loss, right = 0.0, 0
            for inputs, labels in dataloaders[phase if num_epochs else "train"]:
                inputs, labels = inputs.to(device), labels.to(device)
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                total_loss += loss.item() * len(labels)
                right += (outputs.argmax(1) == labels).sum().item()
            if phase == "train":
                scheduler.step()
            epoch_loss = total_loss / dataset_sizes[phase]
            accuracy = right / dataset_sizes[phase]
            print(phase, epoch_loss, accuracy)
            if phase == "val" and accuracy > best_accuracy:
                best_accuracy = accuracy
                best_weights = copy.deepcopy(model.state_dict())
    model.load_state_dict(best_weights)
    return model
