"""The largest number of all real steps is taken."""
# loses: glove_lstm
# message: largest

import torch
from torch import nn


class GloveLSTM(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.LSTM(vectors.shape[1], hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        states, _ = self.cell(self.embedding(tokens))
        states = states.masked_fill((tokens == 0).unsqueeze(2), -10.0)
        return self.linear(states.amax(dim=1)).squeeze(1)
