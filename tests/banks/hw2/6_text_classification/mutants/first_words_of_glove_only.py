"""Only as many words of GloVe are looked at as the vocabulary has."""
# loses: embedding_matrix
# message: rows are wrong|not the GloVe

import numpy as np


def embedding_matrix(words, glove_words, glove_vectors):
    row_of = {word: row for row, word in enumerate(glove_words[: len(words)])}
    matrix = np.zeros((len(words), glove_vectors.shape[1]), dtype=np.float32)
    for number, word in enumerate(words):
        if word in row_of:
            matrix[number] = glove_vectors[row_of[word]]
    return matrix
