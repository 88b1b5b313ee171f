"""The states of all real steps are averaged."""
# loses: glove_rnn
# message: averaged: read the last

import torch
from torch import nn


class GloveRNN(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.RNN(vectors.shape[1], hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        states, _ = self.cell(self.embedding(tokens))
        real = (tokens != 0).unsqueeze(2)
        return self.linear((states * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)).squeeze(1)
