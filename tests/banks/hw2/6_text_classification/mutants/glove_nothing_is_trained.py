"""All parameters are frozen, those of the linear layer too."""
# loses: glove_average
# message: training GloveAverage raised

import torch
from torch import nn


class GloveAverage(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone())
        self.linear = nn.Linear(vectors.shape[1], 1)
        for parameter in self.parameters():
            parameter.requires_grad = False

    def forward(self, tokens, lengths):
        real = (tokens != 0).unsqueeze(2)
        average = (self.embedding(tokens) * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)
        return self.linear(average).squeeze(1)
