"""argmin in place of argmax."""
# loses: visualize_model
# message: does not stand at its picture

import matplotlib.pyplot as plt
import torch

from utils.vision import imshow


def visualize_model(device, dataloaders, model, class_names, num_images=6):
    was_training = model.training
    model.eval()
    shown = 0
    plt.figure()
    with torch.no_grad():
        for inputs, labels in dataloaders["val"]:
            predicted = model(inputs.to(device)).argmin(1)
            for i in range(len(inputs)):
                if shown == num_images:
                    break
                shown += 1
                plt.subplot((num_images + 1) // 2, 2, shown)
                imshow(inputs[i], class_names[predicted[i]])
            if shown == num_images:
                break
    model.train(was_training)
