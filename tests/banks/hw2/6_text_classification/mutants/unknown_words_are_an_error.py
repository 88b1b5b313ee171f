"""A sentence with an unknown word raises."""
# loses: bag_of_words
# message: raised ValueError

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.linear = nn.Linear(vocab_size, 1)

    def forward(self, tokens, lengths):
        if (tokens == 1).any():
            raise ValueError("unknown word")
        there = torch.zeros(len(tokens), self.linear.in_features)
        there.scatter_(1, tokens, 1.0)
        there[:, 0] = 0
        return self.linear(there).squeeze(1)
