"""The captions are as many as in the first call."""
# loses: captioning_sample
# message: shape|raised|other

import numpy as np


class CaptioningRNN(CaptioningRNN):
    def sample(self, features, max_length=30):
        p = self.params
        captions = np.full((len(features), max_length), self._null)
        self.words = getattr(self, "words", np.full(len(features), self._start))
        words = self.words
        h, _ = fc_forward(features, p["W_proj"], p["b_proj"])
        c = np.zeros_like(h)
        for t in range(max_length):
            x = p["W_embed"][words]
            if self.cell_type == "rnn":
                h, _ = rnn_step_forward(x, h, p["Wx"], p["Wh"], p["b"])
            else:
                h, c, _ = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
            scores, _ = fc_forward(h, p["W_vocab"], p["b_vocab"])
            words = scores.argmax(axis=1)
            captions[:, t] = self.words = words
        return captions
