"""sample stops as soon as all captions have ended, picture by picture, and returns floats."""

import numpy as np


class CaptioningRNN(CaptioningRNN):
    def sample(self, features, max_length=30):
        rows = [self._one(f, max_length) for f in features]
        longest = max(map(len, rows))
        return np.array([row + [self._null] * (longest - len(row)) for row in rows], dtype=float)

    def _one(self, feature, max_length):
        p, row, word = self.params, [], self._start
        h = feature[None] @ p["W_proj"] + p["b_proj"]
        c = np.zeros(h.shape)
        while len(row) < max_length and word != self._end:
            x = p["W_embed"][[word]]
            if self.cell_type == "lstm":
                h, c, _ = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
            else:
                h = rnn_step_forward(x, h, p["Wx"], p["Wh"], p["b"])[0]
            word = int(np.argmax(h @ p["W_vocab"] + p["b_vocab"]))
            row.append(word)
        return row
