"""What the notebook's given cells leave behind: the device and the network."""

import torch

from utils.pretrained import load_backbone

device = torch.device("cpu")
dtype = torch.FloatTensor
cnn = load_backbone("squeezenet1_1").features.requires_grad_(False)
