"""The GloVe vectors are summed."""
# loses: glove_average
# message: summed|not the mean

import torch
from torch import nn


class GloveAverage(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.linear = nn.Linear(vectors.shape[1], 1)

    def forward(self, tokens, lengths):
        real = (tokens != 0).unsqueeze(2)
        return self.linear((self.embedding(tokens) * real).sum(dim=1)).squeeze(1)
