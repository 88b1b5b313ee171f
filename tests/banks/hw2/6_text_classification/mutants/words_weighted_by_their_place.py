"""Later words weigh more."""
# loses: embedding_average
# message: reverse order|not the mean

import torch
from torch import nn


class EmbeddingAverage(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, dim)
        self.linear = nn.Linear(dim, 1)

    def forward(self, tokens, lengths):
        weight = (torch.arange(tokens.shape[1]) + 1.0) * (tokens != 0)
        weight = weight / weight.sum(dim=1, keepdim=True).clamp(min=1)
        average = (self.embedding(tokens) * weight.unsqueeze(2)).sum(dim=1)
        return self.linear(average).squeeze(1)
