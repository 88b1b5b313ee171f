"""The logits are normalised with the mean and the spread of the batch, in evaluation too."""
# loses: bag_of_words
# message: alone gets another logit|not finite

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.linear = nn.Linear(vocab_size, 1)

    def forward(self, tokens, lengths):
        there = torch.zeros(len(tokens), self.linear.in_features)
        there.scatter_(1, tokens, 1.0)
        there[:, 0] = 0
        values = self.linear(there).squeeze(1)
        return values - values.mean()
