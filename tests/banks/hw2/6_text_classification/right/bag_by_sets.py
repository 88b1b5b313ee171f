"""A loop over sentences and Python sets; slow, and right."""

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.linear = nn.Linear(vocab_size, 1)

    def forward(self, tokens, lengths):
        rows = []
        for sentence, length in zip(tokens.tolist(), lengths.tolist()):
            words = sorted(set(sentence[:length]))
            rows.append(self.linear.weight[0, words].sum() + self.linear.bias[0])
        return torch.stack(rows)
