"""Each place of a sentence has a factor of its own."""
# loses: bag_of_words
# message: order has no|reverse order

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.weights = nn.Embedding(vocab_size, 1)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, tokens, lengths):
        there = (tokens != 0).float()
        for place in range(1, tokens.shape[1]):
            there[:, place] *= (tokens[:, :place] != tokens[:, place : place + 1]).all(dim=1)
        fading = 1.0 / (1.0 + torch.arange(tokens.shape[1]))
        return (self.weights(tokens).squeeze(2) * there * fading).sum(dim=1) + self.bias
