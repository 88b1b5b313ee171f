"""The best weights are saved into a buffer and read back."""

import torch


def train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=25):
    import io

    buffer, best = None, 0
    phases = ["val"] if num_epochs == 0 else ["train", "val"] * num_epochs
    for phase in phases:
        right = 0
        if phase == "train":
            model.train()
        else:
            model.eval()
        for batch in dataloaders[phase]:
            inputs, labels = (part.to(device) for part in batch)
            if phase == "val":
                with torch.no_grad():
                    outputs = model(inputs)
            else:
                outputs = model(inputs)
                model.zero_grad()
                criterion(outputs, labels).backward()
                optimizer.step()
            right += int((outputs.argmax(-1) == labels).sum())
        if phase == "train":
            scheduler.step()
        elif right > best:
            best, buffer = right, io.BytesIO()
            torch.save(model.state_dict(), buffer)
    if num_epochs and buffer is not None:
        buffer.seek(0)
        model.load_state_dict(torch.load(buffer))
    return model
