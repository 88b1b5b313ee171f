"""The RNN has ReLU for tanh, begins at the identity, and runs time first."""

import torch
from torch import nn


class GloveRNN(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.RNN(vectors.shape[1], hidden, nonlinearity="relu")
        self.linear = nn.Linear(hidden, 1)
        nn.init.eye_(self.cell.weight_hh_l0)

    def forward(self, tokens, lengths):
        states, _ = self.cell(self.embedding(tokens.T))
        last = states[(lengths - 1).clamp(min=0), torch.arange(len(lengths))]
        return self.linear(last).squeeze(1)
