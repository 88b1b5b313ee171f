"""Words that GloVe does not have get its last vector, by the index -1."""
# loses: embedding_matrix
# message: vector of another word

import numpy as np


def embedding_matrix(words, glove_words, glove_vectors):
    row_of = {word: row for row, word in enumerate(glove_words)}
    return glove_vectors[[row_of.get(word, -1) for word in words]]
