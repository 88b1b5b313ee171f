"""Hidden tests of problem 6: the five classes on small made-up sentences, and the matrix of word vectors.

A class is judged by what its models say. Each test trains its model for a moment first, since a model whose weights are
all zero has every property. A result of a wrong shape, or probabilities in place of logits, cost their own test only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.errors import CheckFailed
from autograder.hidden_tests.hw2 import text_reference as reference
from autograder.hidden_tests.hw2.text_models import (
    AVERAGE,
    BAG,
    GLOVE,
    LSTM,
    RNN,
    SPARE,
    WORDS,
    Kind,
    Model,
    draw_vectors,
    plain,
    wrong_shape,
)
from autograder.kernel.wire import Tensor
from autograder.student import Student, kind_of
from autograder.testing import hidden_test
from utils.checks import text_properties as properties
from utils.checks.text_properties import Sentences, draw_sentences, padded

GROUPS = {
    BAG: "bag_of_words",
    AVERAGE: "embedding_average",
    GLOVE: "glove_average",
    RNN: "glove_rnn",
    LSTM: "glove_lstm",
}
ALL = tuple(GROUPS)
AVERAGES, RECURRENT, PRETRAINED = (AVERAGE, GLOVE), (RNN, LSTM), (GLOVE, RNN, LSTM)
ModelTest = Callable[[Student, Kind, np.random.Generator], None]


def model_test(*kinds: Kind, weight: float = 1.0, hint: str = "") -> Callable[[ModelTest], ModelTest]:
    """Mark a function as a hidden test of these classes."""

    def register(function: ModelTest) -> ModelTest:
        for kind in kinds:
            _add(function, kind, weight, hint)
        return function

    return register


def _add(function: ModelTest, kind: Kind, weight: float, hint: str) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        function(student, kind, rng)

    test.__name__ = function.__name__
    hidden_test(GROUPS[kind], weight=weight, hint=hint)(test)


def fail_on(fault: str | None) -> None:
    """Raise if there is a fault."""
    if fault:
        raise CheckFailed(fault)


@model_test(*ALL)
def one_logit_a_sentence(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng)
    fail_on(wrong_shape(model.forward(model.sentences), len(model.sentences)))


@model_test(*ALL)
def a_logit_and_not_a_probability(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    values = model.raw(model.sentences)
    fail_on(properties.is_alive(values))
    if properties.squashed(values):
        raise CheckFailed("all results lie between 0 and 1: return the logit itself; the sigmoid is in the loss")


@model_test(BAG, weight=3)
def the_weights_of_the_words_add_up(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    fail_on(properties.weights_add_up(model.ask, model.sentences))


@model_test(BAG, weight=3)
def a_word_counts_once(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    fail_on(properties.words_count_once(model.ask, model.sentences))


@model_test(*AVERAGES, weight=3)
def the_vectors_of_the_words_are_averaged(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    # All of one length: padding has a test of its own.
    whole = [list(sentence[:3]) for sentence in model.sentences if len(sentence) >= 3]
    fail_on(properties.words_are_averaged(model.ask, whole))
    fail_on(properties.repeated_words_weigh_more(model.ask, whole))


@model_test(BAG, *AVERAGES)
def the_order_of_the_words_does_not_count(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    # Again of one length: a sentence that is turned round keeps its padding where it is.
    whole = [list(sentence[:3]) for sentence in model.sentences if len(sentence) >= 3]
    fail_on(properties.order_changes_nothing(model.ask, whole))


@model_test(*RECURRENT, weight=2)
def the_order_of_the_words_counts(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    whole = _whole(model)
    fail_on(properties.order_matters(model.ask, whole))
    fail_on(properties.every_word_counts(model.ask, whole, SPARE))


@model_test(*RECURRENT, weight=3)
def the_state_after_the_last_real_word_is_read(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    fail_on(properties.is_alive(model.raw(model.sentences)))
    said = plain(student, "text.layers", model.handle)
    parts = reference.Parts.of(said)
    if parts is None or model.kind.name not in reference.RECURRENT:
        # Built in another way; the tests of padding, order and company say what can be said without looking inside.
        fail_on(properties.padding_changes_nothing(model.ask, model.sentences))
        return
    sentences = [sentence for sentence in model.sentences if len(sentence) >= 2]
    got, readings = model.ask(sentences), parts.readings(sentences)
    for mistake, expected in readings.items():
        if properties.close(got, expected):
            fail_on(mistake)
            return
    raise CheckFailed("the logit is not what the linear layer makes of the state after the last real step")


@model_test(*RECURRENT)
def the_recurrent_layer_is_of_the_kind_that_is_asked_for(
    student: Student, kind: Kind, rng: np.random.Generator
) -> None:
    model = Model(student, kind, rng)
    said = plain(student, "text.layers", model.handle)
    fail_on(reference.other_recurrent_layer(said, reference.RECURRENT[kind.name]))
    hidden = kind.sizes[0]
    if not any(hidden in entry["shape"] for entry in model.parameters().values()):
        raise CheckFailed(f"no parameter has the size that was asked for, hidden={hidden}")


@model_test(*ALL, weight=2, hint="Is something made of the zeros behind a sentence, or of the number of columns?")
def padding_changes_nothing(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    fail_on(properties.is_alive(model.raw(model.sentences)))
    fail_on(properties.padding_changes_nothing(model.ask, model.sentences))


@model_test(*ALL, weight=2)
def a_sentence_looks_only_at_itself(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    fail_on(properties.is_alive(model.raw(model.sentences)))
    fail_on(properties.again_changes_nothing(model.ask, model.sentences))
    # Of one length, so that no padding comes or goes with the company.
    fail_on(properties.company_changes_nothing(model.ask, _whole(model)))
    fail_on(_mixed_lengths(model))


def _mixed_lengths(model: Model) -> str | None:
    """In the reverse order, at the same number of columns, each sentence keeps its logit."""
    together, back = model.ask(model.sentences), model.ask(model.sentences[::-1])[::-1]
    if properties.close(back, together):
        return None
    return "sentences of different lengths in the reverse order get other logits: are they sorted, and not put back?"


@model_test(*ALL)
def empty_sentences_and_unknown_words(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng).practise()
    fail_on(properties.is_alive(model.raw(model.sentences)))
    fail_on(properties.corners_are_fine(model.ask, _whole(model)))


@model_test(AVERAGE)
def each_word_has_a_vector(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng)
    if not any(entry["shape"] == list(kind.sizes) and entry["trains"] for entry in model.parameters().values()):
        raise CheckFailed(f"no trained parameter has the shape (vocab_size, dim) = {kind.sizes}")


@model_test(*PRETRAINED, weight=2, hint="The embedding should begin as the given vectors, row by row")
def words_with_equal_vectors_begin_alike(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    vectors = draw_vectors(rng)
    twins = [(3, 11), (4, 12), (5, 17)]
    for one, other in twins:
        vectors[other] = vectors[one]
    model = Model(student, kind, rng, vectors)
    first, second = (model.ask([[pair[place], 7] for pair in twins]) for place in (0, 1))
    fail_on(properties.is_alive(model.ask([[word] for word in range(3, WORDS)])))
    if not properties.close(first, second):
        raise CheckFailed("two words with the same vector get different logits before any training")
    if not model.holds_vectors():
        raise CheckFailed("no parameter of the model begins as the given vectors: are they used, and in their order?")


@model_test(*PRETRAINED, weight=2)
def the_vectors_are_trained_further(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    vectors = draw_vectors(rng)
    vectors[9] = vectors[8]
    model = Model(student, kind, rng, vectors)
    sentences: Sentences = [[8, 3], [9, 3], [3, 8], [3, 9]]
    model.train(sentences, np.array([1, 0, 1, 0]), steps=30, rate=0.02)
    values = model.raw(sentences)
    if not np.isfinite(values).all() or np.abs(values[::2] - values[1::2]).max() < 1e-5:
        raise CheckFailed("training leaves the vectors as they were: from_pretrained(...) freezes unless freeze=False")


@model_test(*PRETRAINED)
def the_given_vectors_are_left_as_they_are(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    model = Model(student, kind, rng)
    fail_on(properties.is_alive(model.raw(model.sentences)))
    tokens, lengths = padded(model.sentences)
    labels = Tensor(np.array([sentence[0] % 2 for sentence in model.sentences], dtype=np.float32))
    arguments = (Tensor(model.vectors), list(kind.sizes), Tensor(tokens), Tensor(lengths), labels)
    if student.probe("text.writes_into", student.variable(kind.name), *arguments) is not False:
        raise CheckFailed("training changes the tensor that the model was given: copy it (clone), others use it too")


@model_test(*ALL, weight=2, hint="A model of this kind can learn it: does training reach all of its parts?")
def it_learns(student: Student, kind: Kind, rng: np.random.Generator) -> None:
    """Words speak for praise or against; for the recurrent ones, what counts is which of two words comes first."""
    speaks = np.where(rng.permutation(WORDS) < WORDS // 2, 1.5, -1.5).astype(np.float32)
    # The given vectors know it already: an embedding that is frozen has a test of its own.
    vectors = draw_vectors(rng)
    vectors[:, 0] = speaks
    model = Model(student, kind, rng, vectors)

    def task(count: int) -> tuple[Sentences, np.ndarray]:
        return _first_of_two(rng, count) if kind in RECURRENT else _three_words(rng, count, speaks)

    (train, labels), (others, expected) = task(96), task(64)
    model.train(train, labels, steps=60 if kind in RECURRENT else 40, rate=0.03 if kind in RECURRENT else 0.1)
    values = model.raw(others)
    middle = 0.5 if properties.squashed(values) else 0.0
    right = float(np.mean((values > middle) == (expected > 0)))
    if not right >= 0.85:
        raise CheckFailed(f"after a short training on an easy task it is right in {right:.0%} of the cases only")


def _three_words(rng: np.random.Generator, count: int, speaks: np.ndarray) -> tuple[Sentences, np.ndarray]:
    """What the words say adds up."""
    sentences = draw_sentences(rng, WORDS, count, 3, 3)
    return sentences, np.array([speaks[list(sentence)].sum() > 0 for sentence in sentences])


def _first_of_two(rng: np.random.Generator, count: int) -> tuple[Sentences, np.ndarray]:
    """The words 2 and 3 stand side by side somewhere in the sentence, in one order or the other."""
    sentences, labels = [], rng.permutation(np.arange(count) % 2)
    for label in labels:
        before, after = draw_sentences(rng, 5, 2, 0, 2)
        middle = [2, 3] if label else [3, 2]
        sentences.append([word + 2 for word in before] + middle + [word + 2 for word in after])
    return sentences, labels


def _whole(model: Model) -> Sentences:
    """Sentences of five words each, so that none is padded."""
    words = np.array([word for sentence in model.sentences for word in sentence])
    return [list(dict.fromkeys([*sentence, *words.tolist()]))[:5] for sentence in model.sentences]


@hidden_test("embedding_matrix", weight=3)
def each_row_is_the_vector_of_its_word(student: Student, rng: np.random.Generator) -> None:
    words, glove_words, vectors = _words(rng)
    matrix = _matrix(student, words, glove_words, vectors)
    wrong = [
        number
        for number, word in enumerate(words)
        if word in glove_words and not np.allclose(matrix[number], vectors[glove_words.index(word)], atol=1e-6)
    ]
    if not wrong:
        return
    known = [number for number, word in enumerate(words) if word in glove_words]
    for shift in (1, 2, -1, -2):
        fits = [
            number
            for number in known
            if 0 <= number + shift < len(words)
            and np.allclose(matrix[number + shift], vectors[glove_words.index(words[number])], atol=1e-6)
        ]
        if len(fits) >= len(known) - 2:
            raise CheckFailed(f"the rows are shifted by {shift}: row i belongs to words[i], the first two included")
    if all(np.allclose(matrix[n], vectors[n], atol=1e-6) for n in range(min(len(words), len(vectors)))):
        raise CheckFailed("the rows are in GloVe's order; they should be in the order of `words`")
    raise CheckFailed(f"{len(wrong)} of {len(known)} rows are not the GloVe vectors of their words")


@hidden_test("embedding_matrix", weight=1)
def words_without_a_vector_get_numbers_too(student: Student, rng: np.random.Generator) -> None:
    words, glove_words, vectors = _words(rng)
    matrix = _matrix(student, words, glove_words, vectors)
    missing = [number for number, word in enumerate(words) if word not in glove_words]
    rows = matrix[missing]
    if not np.isfinite(rows).all():
        raise CheckFailed("rows of words that GloVe does not have are not finite")
    if np.abs(rows).max() > 10 * np.abs(vectors).max():
        raise CheckFailed("rows of words that GloVe does not have are far larger than all vectors")
    if any((np.abs(rows[:, None] - vectors[None]).max(axis=2) < 1e-6).any(axis=1)):
        raise CheckFailed("a word that GloVe does not have gets the vector of another word")


@hidden_test("embedding_matrix", weight=1)
def other_numbers_of_words_and_sizes(student: Student, rng: np.random.Generator) -> None:
    words, glove_words, vectors = _words(rng, vocabulary=9, glove=40, dim=3)
    matrix = _matrix(student, words, glove_words, vectors)
    for number, word in enumerate(words):
        if word in glove_words and not np.allclose(matrix[number], vectors[glove_words.index(word)], atol=1e-6):
            raise CheckFailed("with more vectors than words, or another length of the vectors, rows are wrong")
    nothing = _matrix(student, ["<pad>", "<unk>", "zumbaro"], glove_words, vectors)
    if not np.isfinite(nothing).all():
        raise CheckFailed("where no word has a vector, the rows are not finite")


def _words(
    rng: np.random.Generator, vocabulary: int = 30, glove: int = 24, dim: int = 6
) -> tuple[list[str], list[str], np.ndarray]:
    """A vocabulary, words that have a vector (about half of them in the vocabulary), and their vectors."""
    letters = np.array(list("abcdefghijklmnop"))
    pool = list(dict.fromkeys("".join(rng.choice(letters, size=5)) for _ in range(4 * (vocabulary + glove))))
    own = pool[: vocabulary - 2]
    shared = own[: max(2, min(len(own), glove) // 2)]
    others = pool[vocabulary - 2 : vocabulary - 2 + glove - len(shared)]
    words = [own[place] for place in rng.permutation(len(own))]
    glove_words = [(shared + others)[place] for place in rng.permutation(glove)]
    return ["<pad>", "<unk>", *words], glove_words, rng.normal(size=(glove, dim)).astype(np.float32)


def _matrix(student: Student, words: list[str], glove_words: list[str], vectors: np.ndarray) -> np.ndarray:
    value = student.call("embedding_matrix", words, glove_words, vectors)
    array = value.array if isinstance(value, Tensor) else value
    shape = (len(words), vectors.shape[1])
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype.kind != "f":
        raise CheckFailed(f"embedding_matrix: expected an array of shape {shape}, got {kind_of(array)}")
    return array.astype(np.float64)
