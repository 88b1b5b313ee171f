"""The average is that of the different words."""
# loses: embedding_average
# message: twice in an average

import torch
from torch import nn


class EmbeddingAverage(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, dim)
        self.linear = nn.Linear(dim, 1)

    def forward(self, tokens, lengths):
        words, _ = tokens.sort(dim=1)
        counts = words != 0
        counts[:, 1:] &= words[:, 1:] != words[:, :-1]
        counts = counts.unsqueeze(2)
        average = (self.embedding(words) * counts).sum(dim=1) / counts.sum(dim=1).clamp(min=1)
        return self.linear(average).squeeze(1)
