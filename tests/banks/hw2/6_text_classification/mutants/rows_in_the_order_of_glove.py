"""The vectors are taken in the order in which GloVe has them."""
# loses: embedding_matrix
# message: GloVe's order|not the GloVe vectors|shape

import numpy as np


def embedding_matrix(words, glove_words, glove_vectors):
    matrix = np.zeros((len(words), glove_vectors.shape[1]), dtype=np.float32)
    count = min(len(words), len(glove_vectors))
    matrix[:count] = glove_vectors[:count]
    return matrix
