"""The last word of the vocabulary has no place in the bag."""
# loses: bag_of_words
# message: BagOfWords raised

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.linear = nn.Linear(vocab_size - 1, 1)

    def forward(self, tokens, lengths):
        there = torch.zeros(len(tokens), self.linear.in_features)
        there.scatter_(1, tokens, 1.0)
        there[:, 0] = 0
        return self.linear(there).squeeze(1)
