"""A word that comes twice counts twice."""
# loses: bag_of_words
# message: twice counts twice

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.linear = nn.Linear(vocab_size, 1)

    def forward(self, tokens, lengths):
        counts = torch.zeros(len(tokens), self.linear.in_features)
        counts.scatter_add_(1, tokens, (tokens != 0).float())
        return self.linear(counts).squeeze(1)
