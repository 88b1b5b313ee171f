"""The state before the last real word is read."""
# loses: glove_rnn
# message: one step before|last word

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
        before = states[torch.arange(len(tokens)), (lengths - 2).clamp(min=0)]
        return self.linear(before).squeeze(1)
