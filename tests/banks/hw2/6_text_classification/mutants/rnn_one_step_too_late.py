"""The length is taken for the index of the last word."""
# loses: glove_rnn
# message: one step behind|padding

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
        behind = states[torch.arange(len(tokens)), lengths.clamp(max=tokens.shape[1] - 1)]
        return self.linear(behind).squeeze(1)
