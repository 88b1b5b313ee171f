"""All axes are made at once, titles on the left, in whole numbers from 0 to 255."""

import matplotlib.pyplot as plt
import torch


def visualize_model(device, dataloaders, model, class_names, num_images=6):
    was_training = model.training
    model.eval()
    pairs = []
    for inputs, _ in dataloaders["val"]:
        with torch.no_grad():
            pairs += list(zip(inputs, model(inputs.to(device)).argmax(1).tolist()))
    model.train(was_training)
    pairs = pairs[:num_images]
    figure, axes = plt.subplots(1, len(pairs), squeeze=False)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    for ax, (image, guess) in zip(axes[0], pairs):
        ax.imshow(((image.permute(1, 2, 0) * std + mean) * 255).clamp(0, 255).byte().numpy())
        ax.set_title(class_names[guess], loc="left")
