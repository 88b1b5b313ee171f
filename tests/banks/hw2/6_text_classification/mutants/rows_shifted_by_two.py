"""The two entries that are no words are forgotten: all rows are two too early."""
# loses: embedding_matrix
# message: shifted by -2

import numpy as np


def embedding_matrix(words, glove_words, glove_vectors):
    row_of = {word: row for row, word in enumerate(glove_words)}
    matrix = np.zeros((len(words), glove_vectors.shape[1]), dtype=np.float32)
    for number, word in enumerate(words[2:]):
        if word in row_of:
            matrix[number] = glove_vectors[row_of[word]]
    return matrix
