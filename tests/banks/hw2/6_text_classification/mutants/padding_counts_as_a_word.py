"""The word 0 is in the bag of every sentence that is padded."""
# loses: bag_of_words
# message: padding

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.linear = nn.Linear(vocab_size, 1)

    def forward(self, tokens, lengths):
        there = torch.zeros(len(tokens), self.linear.in_features)
        there.scatter_(1, tokens, 1.0)
        return self.linear(there).squeeze(1)
