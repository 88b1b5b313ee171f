"""The network as a list of layers that are gone through forwards and backwards; gradients in an OrderedDict."""

from collections import OrderedDict

import numpy as np


def _exchanged(x):
    return np.moveaxis(x, 0, 1)


class CaptioningRNN(CaptioningRNN):
    def loss(self, features, captions):
        names = [("W_proj", "b_proj"), ("W_embed",), ("Wx", "Wh", "b"), ("W_vocab", "b_vocab")]
        values = [[self.params[name] for name in group] for group in names]
        cells = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}[self.cell_type]
        h0, first = fc_forward(features, *values[0])
        x, second = word_embedding_forward(captions[:, :-1], *values[1])
        h, third = cells[0](_exchanged(x), h0, *values[2])
        scores, fourth = temporal_fc_forward(_exchanged(h), *values[3])
        mask = np.where(captions[:, 1:] == self._null, 0, 1)
        loss, gradient = temporal_softmax_loss(scores, captions[:, 1:], mask)
        found = OrderedDict()
        gradient, *found_here = temporal_fc_backward(gradient, fourth)
        found.update(zip(names[3], found_here))
        gradient, dh0, *found_here = cells[1](_exchanged(gradient), third)
        found.update(zip(names[2], found_here))
        found["W_embed"] = word_embedding_backward(_exchanged(gradient), second)
        found.update(zip(names[0], fc_backward(dh0, first)[1:]))
        return np.float64(loss), found
