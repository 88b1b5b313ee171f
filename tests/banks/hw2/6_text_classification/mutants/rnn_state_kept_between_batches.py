"""The state of one batch is where the next one begins."""
# loses: glove_rnn
# message: every sentence look only at itself|second time

import torch
from torch import nn


class GloveRNN(nn.Module):
    def __init__(self, vectors, hidden):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.cell = nn.RNN(vectors.shape[1], hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)
        self.kept = None

    def forward(self, tokens, lengths):
        start = None if self.kept is None else self.kept.mean(dim=1, keepdim=True).expand(-1, len(tokens), -1)
        states, end = self.cell(self.embedding(tokens), None if start is None else start.contiguous())
        self.kept = end.detach()
        last = states[torch.arange(len(tokens)), (lengths - 1).clamp(min=0)]
        return self.linear(last).squeeze(1)
