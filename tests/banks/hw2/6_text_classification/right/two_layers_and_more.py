"""Two layers, dropout, layer normalisation and a small network at the end."""

import torch
from torch import nn


class GloveLSTM(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.LSTM(vectors.shape[1], hidden, num_layers=2, batch_first=True, dropout=0.1)
        self.linear = nn.Sequential(nn.Linear(hidden, 8), nn.Tanh(), nn.Linear(8, 1))
        self.norm = nn.LayerNorm(hidden)
        self.drop = nn.Dropout(0.1)

    def forward(self, tokens, lengths):
        states, _ = self.cell(self.drop(self.embedding(tokens)))
        last = states.gather(1, (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, states.shape[2]))
        return self.linear(self.norm(last.squeeze(1))).squeeze(1)
