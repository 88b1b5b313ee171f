"""Equal words are dropped where they stand side by side; nobody has sorted them."""
# loses: bag_of_words
# message: unless it stands beside itself

import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.weights = nn.Embedding(vocab_size, 1)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, tokens, lengths):
        new = tokens != 0
        new[:, 1:] &= tokens[:, 1:] != tokens[:, :-1]
        return (self.weights(tokens).squeeze(2) * new).sum(dim=1) + self.bias
