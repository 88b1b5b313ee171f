"""The vectors have 16 numbers whatever is asked for."""
# loses: embedding_average
# message: vocab_size, dim

import torch
from torch import nn


class EmbeddingAverage(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 16, padding_idx=0)
        self.linear = nn.Linear(16, 1)

    def forward(self, tokens, lengths):
        total = self.embedding(tokens).sum(dim=1)
        average = total / lengths.clamp(min=1).unsqueeze(1)
        return self.linear(average).squeeze(1)
