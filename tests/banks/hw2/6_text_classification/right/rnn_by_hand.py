"""A loop over the steps with own weights; the state stays as it is at the padding."""

import torch
from torch import nn


class GloveRNN(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.vectors = nn.Parameter(vectors.clone())
        self.Wx = nn.Parameter(torch.randn(vectors.shape[1], hidden) / vectors.shape[1] ** 0.5)
        self.Wh = nn.Parameter(torch.eye(hidden))
        self.b = nn.Parameter(torch.zeros(hidden))
        self.u = nn.Parameter(torch.randn(hidden) / hidden**0.5)
        self.c = nn.Parameter(torch.zeros(()))

    def forward(self, tokens, lengths):
        h = torch.zeros(len(tokens), len(self.b))
        for t in range(tokens.shape[1]):
            new = torch.tanh(self.vectors[tokens[:, t]] @ self.Wx + h @ self.Wh + self.b)
            h = torch.where((t < lengths)[:, None], new, h)
        return h @ self.u + self.c
