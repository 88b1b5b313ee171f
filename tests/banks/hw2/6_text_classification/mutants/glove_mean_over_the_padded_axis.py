"""The average of GloVe vectors is taken over all columns."""
# loses: glove_average
# message: padding

import torch
from torch import nn


class GloveAverage(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.linear = nn.Linear(vectors.shape[1], 1)

    def forward(self, tokens, lengths):
        return self.linear(self.embedding(tokens).mean(dim=1)).squeeze(1)
