"""A figure for each picture, with the true class below it."""

import matplotlib.pyplot as plt
import torch


def visualize_model(device, dataloaders, model, class_names, num_images=6):
    mode = model.training
    images = torch.cat([inputs for inputs, _ in dataloaders["val"]])[:num_images]
    labels = torch.cat([labels for _, labels in dataloaders["val"]])[:num_images]
    model.eval()
    with torch.no_grad():
        scores = model(images.to(device)).softmax(1).cpu()
    model.train(mode)
    for image, score, label in zip(images, scores, labels):
        figure, axes = plt.subplots()
        picture = image.permute(1, 2, 0).numpy()
        axes.imshow((picture - picture.min()) / (picture.max() - picture.min()))
        axes.set_title(f"{class_names[int(score.argmax())].upper()} ({float(score.max()):.0%})")
        axes.set_xlabel(f"in truth: {class_names[label]}")
        plt.show()
