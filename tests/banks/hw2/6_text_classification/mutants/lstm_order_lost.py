"""The words of a sentence are sorted by number before the LSTM reads them."""
# loses: glove_lstm
# message: change places

import torch
from torch import nn


class GloveLSTM(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.LSTM(vectors.shape[1], hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        real = tokens.masked_fill(tokens == 0, 10**6).sort(dim=1).values
        tokens = real.masked_fill(real == 10**6, 0)
        states, _ = self.cell(self.embedding(tokens))
        last = states[torch.arange(len(tokens)), (lengths - 1).clamp(min=0)]
        return self.linear(last).squeeze(1)
