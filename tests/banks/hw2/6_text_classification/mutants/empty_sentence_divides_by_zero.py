"""An empty sentence divides by its length."""
# loses: embedding_average
# message: empty sentence

import torch
from torch import nn


class EmbeddingAverage(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.linear = nn.Linear(dim, 1)

    def forward(self, tokens, lengths):
        total = self.embedding(tokens).sum(dim=1)
        return self.linear(total / lengths.unsqueeze(1)).squeeze(1)
