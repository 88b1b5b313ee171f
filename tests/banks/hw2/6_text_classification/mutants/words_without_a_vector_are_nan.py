"""Rows of words that GloVe does not have are not a number."""
# loses: embedding_matrix
# message: not finite

import numpy as np


def embedding_matrix(words, glove_words, glove_vectors):
    row_of = {word: row for row, word in enumerate(glove_words)}
    matrix = np.full((len(words), glove_vectors.shape[1]), np.nan, dtype=np.float32)
    for number, word in enumerate(words):
        if word in row_of:
            matrix[number] = glove_vectors[row_of[word]]
    return matrix
