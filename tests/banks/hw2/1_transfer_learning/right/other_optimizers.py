"""AdamW with two groups and a cosine schedule; the frozen network keeps batch normalisation in eval mode."""

from torch import nn, optim
from torch.optim import lr_scheduler

from utils.pretrained import load_backbone


def finetune(device, dataloaders, dataset_sizes, class_names):
    model = load_backbone("resnet18").to(device)
    model.fc = nn.Sequential(nn.Dropout(0.2), nn.Linear(model.fc.in_features, len(class_names))).to(device)
    below = [value for name, value in model.named_parameters() if not name.startswith("fc.")]
    groups = [{"params": below, "lr": 2e-4}, {"params": model.fc.parameters(), "lr": 2e-3}]
    optimizer = optim.AdamW(groups)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, 6)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    return train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, 6)


def freeze(device, dataloaders, dataset_sizes, class_names):
    model = load_backbone("resnet18").requires_grad_(False)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train = lambda mode=True, module=module: module
    model.fc = nn.Linear(model.fc.in_features, len(class_names))
    model.to(device)
    optimizer = optim.Adam(filter(lambda parameter: parameter.requires_grad, model.parameters()), lr=5e-3)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.9**epoch)
    return train_model(device, dataloaders, dataset_sizes, model, nn.CrossEntropyLoss(), optimizer, scheduler, 6)
