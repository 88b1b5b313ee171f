"""The layer takes the batch for time, and the steps for sentences."""
# loses: glove_lstm
# message: alone gets another|other sentences|order

import torch
from torch import nn


class GloveLSTM(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.LSTM(vectors.shape[1], hidden)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        states, _ = self.cell(self.embedding(tokens))
        last = states[torch.arange(len(tokens)), (lengths - 1).clamp(min=0)]
        return self.linear(last).squeeze(1)
