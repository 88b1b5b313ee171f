"""RNNCell and LSTMCell, called at each step, for the sentences that are not over."""

import torch
from torch import nn


class GloveRNN(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.RNNCell(vectors.shape[1], hidden)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        h = torch.zeros(len(tokens), self.cell.hidden_size)
        for t in range(int(lengths.max())):
            h = torch.where((t < lengths)[:, None], self.cell(self.embedding(tokens[:, t]), h), h)
        return self.linear(h).flatten()


class GloveLSTM(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.LSTMCell(vectors.shape[1], hidden)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        h = c = torch.zeros(len(tokens), self.cell.hidden_size)
        for t in range(int(lengths.max())):
            new_h, new_c = self.cell(self.embedding(tokens[:, t]), (h, c))
            h, c = (torch.where((t < lengths)[:, None], new, old) for new, old in ((new_h, h), (new_c, c)))
        return self.linear(h).flatten()
