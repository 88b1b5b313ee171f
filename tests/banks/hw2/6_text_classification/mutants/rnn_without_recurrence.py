"""Every word is looked at for itself, and the results are averaged."""
# loses: glove_rnn
# message: change places|order

import torch
from torch import nn


class GloveRNN(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.Linear(vectors.shape[1], hidden)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths):
        real = (tokens != 0).unsqueeze(2)
        states = torch.tanh(self.cell(self.embedding(tokens)))
        return self.linear((states * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)).squeeze(1)
