"""The class is left as it was handed out."""
# loses: bag_of_words
# message: not implemented

from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        raise NotImplementedError()

    def forward(self, tokens, lengths):
        raise NotImplementedError()
