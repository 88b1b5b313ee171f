"""The backbone is not pretrained."""
# loses: finetune
# message: nothing to do with the pretrained

from torch import nn, optim
from torch.optim import lr_scheduler

from utils.pretrained import load_backbone


def finetune(device, dataloaders, dataset_sizes, class_names):
    model = load_backbone("resnet18", pretrained=False)
    model.fc = nn.Linear(model.fc.in_features, 2)
    model = model.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.002, momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
    return train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=6)
