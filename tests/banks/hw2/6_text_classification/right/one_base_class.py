"""All five classes share a base class and one linear layer at the end."""

import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, vectors, width, trained=True):
        super().__init__()
        self.embedding = nn.Embedding(*vectors.shape)
        self.embedding.weight.data.copy_(vectors)
        self.head = nn.Linear(width, 1)

    def summary(self, x, tokens, lengths):
        mask = torch.arange(tokens.shape[1])[None] < lengths[:, None]
        return (x * mask[..., None]).sum(1) / lengths.clamp(min=1)[:, None]

    def forward(self, tokens, lengths):
        return self.head(self.summary(self.embedding(tokens), tokens, lengths))[:, 0]


class EmbeddingAverage(Reader):
    def __init__(self, vocab_size, dim):
        super().__init__(torch.randn(vocab_size, dim), dim)


class GloveAverage(Reader):
    def __init__(self, vectors):
        super().__init__(vectors, vectors.shape[1])


class GloveRNN(Reader):
    layer = nn.RNN

    def __init__(self, vectors, hidden):
        super().__init__(vectors, hidden)
        self.recurrent = self.layer(vectors.shape[1], hidden, batch_first=True)

    def summary(self, x, tokens, lengths):
        states = self.recurrent(x)[0]
        return states[range(len(x)), (lengths - 1).clamp(min=0)]


class GloveLSTM(GloveRNN):
    layer = nn.LSTM
