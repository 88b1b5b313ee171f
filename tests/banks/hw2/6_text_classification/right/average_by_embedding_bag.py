"""nn.EmbeddingBag averages, and leaves out the padding by itself."""

import torch
from torch import nn


class EmbeddingAverage(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.bag = nn.EmbeddingBag(vocab_size, dim, mode="mean", padding_idx=0)
        self.out = nn.Linear(dim, 1)

    def forward(self, tokens, lengths):
        return self.out(self.bag(tokens)).view(-1)


class GloveAverage(EmbeddingAverage):
    def __init__(self, vectors):
        super().__init__(*vectors.shape)
        with torch.no_grad():
            self.bag.weight.copy_(vectors)
