"""A loop, random rows for words without a vector, and a tensor as the result."""

import torch
from torch import nn


def embedding_matrix(words, glove_words, glove_vectors):
    rows = []
    known = dict(zip(glove_words, glove_vectors))
    torch.manual_seed(0)
    for number, word in enumerate(words):
        if number >= 2 and word in known:
            rows.append(torch.tensor(known[word]))
        else:
            rows.append(0.1 * torch.randn(glove_vectors.shape[1]))
    return torch.stack(rows)
