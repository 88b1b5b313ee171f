"""The end of a caption is not to be predicted."""
# loses: captioning_loss_rnn, captioning_loss_lstm
# message: loss: 

class CaptioningRNN(CaptioningRNN):
    def loss(self, features, captions):
        p, grads = self.params, {}
        forward, backward = (rnn_forward, rnn_backward) if self.cell_type == "rnn" else (lstm_forward, lstm_backward)
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        mask = (words_out != self._null) & (words_out != self._end)
        h0, projection = fc_forward(features, p["W_proj"], p["b_proj"])
        x, embedding = word_embedding_forward(words_in, p["W_embed"])
        h, cell = forward(x.swapaxes(0, 1), h0, p["Wx"], p["Wh"], p["b"])
        scores, vocabulary = temporal_fc_forward(h.swapaxes(0, 1), p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, words_out, mask)
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_fc_backward(dscores, vocabulary)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh.swapaxes(0, 1), cell)
        grads["W_embed"] = word_embedding_backward(dx.swapaxes(0, 1), embedding)
        _, grads["W_proj"], grads["b_proj"] = fc_backward(dh0, projection)
        return loss, grads
