"""The length of a vector is written into the code."""
# loses: embedding_matrix
# message: expected an array of shape|embedding_matrix raised

import numpy as np


def embedding_matrix(words, glove_words, glove_vectors):
    row_of = {word: row for row, word in enumerate(glove_words)}
    matrix = np.zeros((len(words), 50), dtype=np.float32)
    for number, word in enumerate(words):
        if word in row_of:
            matrix[number] = glove_vectors[row_of[word]]
    return matrix
