"""The model ends with a sigmoid."""
# loses: glove_rnn
# message: between 0 and 1

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
        last = states[torch.arange(len(tokens)), (lengths - 1).clamp(min=0)]
        return torch.sigmoid(self.linear(last)).squeeze(1)
