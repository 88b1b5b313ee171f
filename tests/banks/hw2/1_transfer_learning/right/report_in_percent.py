"""The accuracies in percent, one as a tensor."""

import torch

from utils.vision import best_of


def report():
    return {"freeze": torch.tensor(100 * best_of(model_conv)), "finetune": round(100 * best_of(model_ft), 1)}
