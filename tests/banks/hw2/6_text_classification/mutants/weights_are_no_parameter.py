"""The weights are a plain tensor, which no optimizer knows."""
# loses: bag_of_words
# message: does training reach|same logit

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.weights = torch.zeros(vocab_size)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, tokens, lengths):
        there = torch.zeros(len(tokens), len(self.weights))
        there.scatter_(1, tokens, 1.0)
        there[:, 0] = 0
        return there @ self.weights + self.bias
