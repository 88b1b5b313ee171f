"""Two functions for the two phases, best weights cloned one by one, counters on the device."""

import torch


def train_phase(device, loader, model, criterion, optimizer):
    model.train()
    for inputs, labels in loader:
        loss = criterion(model(inputs.to(device)), labels.to(device))
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def evaluate(device, loader, model):
    model.eval()
    right = torch.tensor(0, device=device)
    for inputs, labels in loader:
        right += (model(inputs.to(device)).max(1).indices == labels.to(device)).sum()
    return right


def train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=25):
    best_right = evaluate(device, dataloaders["val"], model)
    if num_epochs == 0:
        print(best_right / dataset_sizes["val"])
        return model
    best = {name: value.clone() for name, value in model.state_dict().items()}
    for _ in range(num_epochs):
        train_phase(device, dataloaders["train"], model, criterion, optimizer)
        right = evaluate(device, dataloaders["val"], model)
        scheduler.step()
        if right >= best_right:
            best_right = right
            best = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(best)
    return model
