"""padding_idx keeps the padding row at zero, and the lengths divide."""

import torch
from torch import nn


class EmbeddingAverage(nn.Module):
    def __init__(self, vocab_size, dim, dropout=0.3):
        super().__init__()
        self.table = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(dim, 1)

    def forward(self, tokens, lengths):
        total = self.dropout(self.table(tokens)).sum(1)
        return self.out(total / torch.clamp(lengths, min=1)[:, None].float()).squeeze(-1)


class GloveAverage(EmbeddingAverage):
    def __init__(self, vectors):
        super().__init__(vectors.shape[0], vectors.shape[1])
        self.table = nn.Embedding.from_pretrained(vectors.detach().clone(), freeze=False, padding_idx=0)
