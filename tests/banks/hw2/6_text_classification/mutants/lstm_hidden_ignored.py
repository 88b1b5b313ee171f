"""The state has 32 numbers whatever is asked for."""
# loses: glove_lstm
# message: hidden=6

import torch
from torch import nn


class GloveLSTM(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.LSTM(vectors.shape[1], 32, batch_first=True)
        self.linear = nn.Linear(32, 1)

    def forward(self, tokens, lengths):
        states, _ = self.cell(self.embedding(tokens))
        last = states[torch.arange(len(tokens)), (lengths - 1).clamp(min=0)]
        return self.linear(last).squeeze(1)
