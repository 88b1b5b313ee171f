"""A class written as students of other years have written it: np.transpose, the cells in two branches."""

import numpy as np


class CaptioningRNN(object):
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128,
                 hidden_dim=128, cell_type='rnn', dtype=np.float32):
        self.cell_type = cell_type
        self.dtype = dtype
        self.word_to_idx = word_to_idx
        self.idx_to_word = {i: w for w, i in word_to_idx.items()}
        self.params = {}
        vocab_size = len(word_to_idx)
        self._null = word_to_idx['<NULL>']
        self._start = word_to_idx.get('<START>', None)
        self._end = word_to_idx.get('<END>', None)
        self.params['W_embed'] = np.random.randn(vocab_size, wordvec_dim)
        self.params['W_embed'] /= 100
        self.params['W_proj'] = np.random.randn(input_dim, hidden_dim)
        self.params['W_proj'] /= np.sqrt(input_dim)
        self.params['b_proj'] = np.zeros(hidden_dim)
        dim_mul = {'lstm': 4, 'rnn': 1}[cell_type]
        self.params['Wx'] = np.random.randn(wordvec_dim, dim_mul * hidden_dim)
        self.params['Wx'] /= np.sqrt(wordvec_dim)
        self.params['Wh'] = np.random.randn(hidden_dim, dim_mul * hidden_dim)
        self.params['Wh'] /= np.sqrt(hidden_dim)
        self.params['b'] = np.zeros(dim_mul * hidden_dim)
        self.params['W_vocab'] = np.random.randn(hidden_dim, vocab_size)
        self.params['W_vocab'] /= np.sqrt(hidden_dim)
        self.params['b_vocab'] = np.zeros(vocab_size)
        for k, v in self.params.items():
            self.params[k] = v.astype(self.dtype)

    def loss(self, features, captions):
        captions_in = captions[:, :-1]
        captions_out = captions[:, 1:]
        mask = (captions_out != self._null)
        W_proj, b_proj = self.params['W_proj'], self.params['b_proj']
        W_embed = self.params['W_embed']
        Wx, Wh, b = self.params['Wx'], self.params['Wh'], self.params['b']
        W_vocab, b_vocab = self.params['W_vocab'], self.params['b_vocab']
        loss, grads = 0.0, {}
        h0, cache_h0 = fc_forward(features, W_proj, b_proj)
        embed, cache_embed = word_embedding_forward(captions_in, W_embed)
        embed = np.transpose(embed, (1, 0, 2))
        if self.cell_type == 'rnn':
            h, cache_h = rnn_forward(embed, h0, Wx, Wh, b)
        elif self.cell_type == 'lstm':
            h, cache_h = lstm_forward(embed, h0, Wx, Wh, b)
        out, cache_out = temporal_fc_forward(np.transpose(h, (1, 0, 2)), W_vocab, b_vocab)
        loss, dout = temporal_softmax_loss(out, captions_out, mask)
        dh, grads['W_vocab'], grads['b_vocab'] = temporal_fc_backward(dout, cache_out)
        dh = np.transpose(dh, (1, 0, 2))
        if self.cell_type == 'rnn':
            dembed, dh0, grads['Wx'], grads['Wh'], grads['b'] = rnn_backward(dh, cache_h)
        elif self.cell_type == 'lstm':
            dembed, dh0, grads['Wx'], grads['Wh'], grads['b'] = lstm_backward(dh, cache_h)
        grads['W_embed'] = word_embedding_backward(np.transpose(dembed, (1, 0, 2)), cache_embed)
        dfeatures, grads['W_proj'], grads['b_proj'] = fc_backward(dh0, cache_h0)
        return loss, grads

    def sample(self, features, max_length=30):
        N = features.shape[0]
        captions = self._null * np.ones((N, max_length), dtype=np.int32)
        prev_h, _ = fc_forward(features, self.params['W_proj'], self.params['b_proj'])
        prev_c = np.zeros(prev_h.shape)
        capt = self._start * np.ones((N, 1), dtype=np.int32)
        for t in range(max_length):
            word_embed, _ = word_embedding_forward(capt, self.params['W_embed'])
            word_embed = word_embed.reshape(N, -1)
            if self.cell_type == 'rnn':
                h, _ = rnn_step_forward(word_embed, prev_h, self.params['Wx'], self.params['Wh'], self.params['b'])
            else:
                h, c, _ = lstm_step_forward(word_embed, prev_h, prev_c, self.params['Wx'], self.params['Wh'],
                                            self.params['b'])
                prev_c = c
            scores, _ = temporal_fc_forward(h[:, np.newaxis, :], self.params['W_vocab'], self.params['b_vocab'])
            idx_best = np.squeeze(np.argmax(scores, axis=2), axis=1)
            captions[:, t] = idx_best
            prev_h = h
            capt = captions[:, t].reshape(N, 1)
        return captions
