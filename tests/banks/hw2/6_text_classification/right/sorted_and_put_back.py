"""Sentences are sorted by length for packing, and the results are put back."""

import torch
from torch import nn


class GloveLSTM(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.LSTM(vectors.shape[1], hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        order = lengths.argsort(descending=True)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens[order]), lengths[order].clamp(min=1).cpu(), batch_first=True
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(self.cell(packed)[0], batch_first=True)
        last = states[torch.arange(len(order)), lengths[order].clamp(min=1) - 1]
        return self.linear(last[order.argsort()]).squeeze(1)
