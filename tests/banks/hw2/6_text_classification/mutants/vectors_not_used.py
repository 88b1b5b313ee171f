"""The embedding begins at random."""
# loses: glove_average
# message: two words with the same vector|begins? as the given

import torch
from torch import nn


class GloveAverage(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        self.embedding = nn.Embedding(*vectors.shape)
        self.linear = nn.Linear(vectors.shape[1], 1)

    def forward(self, tokens, lengths):
        real = (tokens != 0).unsqueeze(2)
        average = (self.embedding(tokens) * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)
        return self.linear(average).squeeze(1)
