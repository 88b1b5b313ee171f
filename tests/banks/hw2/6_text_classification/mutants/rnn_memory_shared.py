"""The embedding shares its memory with the given vectors."""
# loses: glove_rnn
# message: clone

import torch
from torch import nn


class GloveRNN(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors, freeze=False)
        self.cell = nn.RNN(vectors.shape[1], hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        states, _ = self.cell(self.embedding(tokens))
        last = states[torch.arange(len(tokens)), (lengths - 1).clamp(min=0)]
        return self.linear(last).squeeze(1)
