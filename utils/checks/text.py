"""The visible checks of the text classification notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from utils.checks import text_properties as properties
from utils.checks.table import CheckError
from utils.checks.text_trial import DIM, HIDDEN, SPARE, WORDS, Lines, Trial, vectors, wrong_shape
from utils.diagnosis import describe
from utils.text import Corpus, PredictionsError, accuracy, check_predictions, predict
from utils.text.threads import one_thread

Properties = Mapping[str, Callable[[Trial], str | None]]

_BAG: Properties = {
    "sum of weights": lambda t: properties.weights_add_up(t.ask, t.sentences),
    "binary": lambda t: properties.words_count_once(t.ask, t.sentences),
    "order of words": lambda t: properties.order_changes_nothing(t.ask, t.sentences),
}
_AVERAGE: Properties = {
    "average": lambda t: properties.words_are_averaged(t.ask, t.sentences),
    "repeated words": lambda t: properties.repeated_words_weigh_more(t.ask, t.sentences),
    "order of words": lambda t: properties.order_changes_nothing(t.ask, t.sentences),
}
_RECURRENT: Properties = {
    "order of words": lambda t: properties.order_matters(t.ask, t.sentences),
    "every word counts": lambda t: properties.every_word_counts(t.ask, t.sentences, SPARE),
}
_ALL: Properties = {
    "padding": lambda t: properties.padding_changes_nothing(t.ask, t.sentences),
    "batch": lambda t: properties.company_changes_nothing(t.ask, t.sentences),
    "evaluation mode": lambda t: properties.again_changes_nothing(t.ask, t.sentences),
    "empty, one token, unknown": lambda t: properties.corners_are_fine(t.ask, t.sentences),
}


def check_bag_of_words(BagOfWords: Any) -> None:
    """Check the class ``BagOfWords(vocab_size)``.

    Raises
    ------
    CheckError
        If something is wrong; the text says what.
    """
    _check_model("BagOfWords", BagOfWords, (WORDS,), _BAG)


def check_embedding_average(EmbeddingAverage: Any) -> None:
    """Check the class ``EmbeddingAverage(vocab_size, dim)``; see `check_bag_of_words`."""
    _check_model("EmbeddingAverage", EmbeddingAverage, (WORDS, DIM), _AVERAGE)


def check_glove_average(GloveAverage: Any) -> None:
    """Check the class ``GloveAverage(vectors)``; see `check_bag_of_words`."""
    _check_model("GloveAverage", GloveAverage, (), _AVERAGE, pretrained=True)


def check_glove_rnn(GloveRNN: Any) -> None:
    """Check the class ``GloveRNN(vectors, hidden)``; see `check_bag_of_words`."""
    _check_model("GloveRNN", GloveRNN, (HIDDEN,), _RECURRENT, pretrained=True)


def check_glove_lstm(GloveLSTM: Any) -> None:
    """Check the class ``GloveLSTM(vectors, hidden)``; see `check_bag_of_words`."""
    _check_model("GloveLSTM", GloveLSTM, (HIDDEN,), _RECURRENT, pretrained=True)


def _check_model(
    name: str, model_class: Any, arguments: tuple[Any, ...], special: Properties, *, pretrained: bool = False
) -> None:
    with one_thread():
        _try(Lines(name), model_class, arguments, special, pretrained)


def _try(table: Lines, model_class: Any, arguments: tuple[Any, ...], special: Properties, pretrained: bool) -> None:
    name, given = table.title, vectors()
    trial = Trial(name, model_class, (given, *arguments) if pretrained else arguments)
    if not table.judge("one logit a sentence", wrong_shape(trial.forward(trial.sentences), len(trial.sentences))):
        table.finish()
    begins = _begins_with(trial.model, given) if pretrained else None
    trial.practise()
    values = trial.ask(trial.sentences)
    table.judge("logits", properties.is_alive(values) or (_SQUASHED if properties.squashed(values) else None))
    if pretrained:
        table.judge("GloVe vectors", begins or _trained_further(trial.model, given))
    if not table.wrong:
        for line, holds in {**special, **_ALL}.items():
            table.judge(line, holds(trial))
    table.finish()


_SQUASHED = (
    "all results lie between 0 and 1, as probabilities do: return the linear layer's result itself; "
    "the sigmoid is in the loss"
)


def _begins_with(model: nn.Module, given: Tensor) -> str | None:
    """Whether the words' rows of some parameter are the given ones."""
    known = slice(properties.UNK + 1, None)
    for parameter in [*model.parameters(), *model.buffers()]:
        if parameter.shape == given.shape and torch.equal(parameter.detach().cpu()[known], given[known]):
            return None
    return "no parameter of the model begins with the given vectors, row by row"


def _trained_further(model: nn.Module, given: Tensor) -> str | None:
    """After training, the embedding is no longer what was given, but what was given is still the same."""
    if not torch.equal(given, vectors()):
        return "training has changed the tensor that was given: the embedding shares its memory, so copy it (clone)"
    known = slice(properties.UNK + 1, None)
    rows = [p for p in model.parameters() if p.shape == given.shape and p.requires_grad]
    if any(bool((p.detach().cpu()[known] != given[known]).any()) for p in rows):
        return None
    if rows:
        return "training leaves the embedding as it was: is something between it and the logit detached?"
    return "training leaves the embedding as it was: from_pretrained(...) freezes it unless freeze=False"


def check_embedding_matrix(embedding_matrix: Any) -> None:
    """Check ``embedding_matrix(words, glove_words, glove_vectors) -> (len(words), dim)``.

    Raises
    ------
    CheckError
        If a row is wrong; the text says which.
    """
    words = ("<pad>", "<unk>", "good", "soup", "zumbaro", "bad")
    glove_words = ("the", "bad", "soup", "of", "good", "noodle")
    given = np.random.default_rng(6).normal(size=(6, 4)).astype(np.float32)
    before = given.copy()
    try:
        result = embedding_matrix(words, glove_words, given)
    except NotImplementedError as error:
        raise CheckError("embedding_matrix is not implemented yet") from error
    except Exception as error:
        called = f"It was called with {len(words)} words, {len(glove_words)} words of GloVe, vectors {given.shape}"
        raise CheckError(f"embedding_matrix raised {type(error).__name__}: {error}\n  {called}") from error
    table = Lines("embedding_matrix")
    got = result.detach().cpu().numpy() if isinstance(result, Tensor) else result
    if not isinstance(got, np.ndarray) or got.shape != (6, 4):
        table.fault("result", f"expected an array of shape (6, 4), one row for each of `words`, got {describe(result)}")
        table.finish()
    for number, word in enumerate(words):
        line = f"row of {word!r}"
        if word in glove_words:
            table.compare(line, got[number], before[glove_words.index(word)])
        elif not np.isfinite(got[number]).all():
            table.fault(line, "a word without a vector needs numbers too")
        else:
            twins = [
                other for other, vector in zip(glove_words, before, strict=True) if np.allclose(got[number], vector)
            ]
            table.judge(line, f"this is the vector of {twins[0]!r}" if twins else None)
    if not np.array_equal(given, before):
        table.fault("glove_vectors", "the given vectors were changed: make a new array")
    table.finish()


def _why(reached: float) -> str:
    """Where to look when a model has not learnt enough."""
    if reached < 0.55:
        return "hardly more than guessing; does the optimizer hold the model's parameters, and are its results logits?"
    return "see in the curves whether the loss on dev still falls when training ends, or has risen again"


def check_trained(title: str, model: Any, corpus: Corpus, file: str, goal: float) -> None:
    """Check a trained model by its dev accuracy, and the file with its predictions for the unlabelled sentences.

    Parameters
    ----------
    title : str
        What the table is called.
    model : torch.nn.Module
        The trained model.
    corpus : Corpus
        Whose dev and unlabelled sentences are used.
    file : str
        The predictions file.
    goal : float
        The accuracy to reach: here on the dev sentences, in the hidden tests on others.

    Raises
    ------
    CheckError
        If the goal is not reached, or the file is not what the model says.
    """
    table = Lines(title)
    reached = accuracy(model, corpus.dev)
    if reached >= goal:
        table.good("accuracy on dev", f"{reached:.3f}; the goal is {goal:.2f}")
    else:
        table.fault("accuracy on dev", f"{reached:.3f}, but the goal is {goal:.2f}: {_why(reached)}")
    try:
        written = check_predictions(file, len(corpus.unlabelled))
    except PredictionsError as error:
        table.fault(file, str(error))
    else:
        differing = int(np.sum(written != predict(model, corpus.unlabelled)))
        if differing > len(written) // 500:  # a logit may be within rounding of zero
            table.fault(file, f"{differing} lines are not what the model predicts: write it again after training")
        else:
            table.good(file, f"{len(written)} lines, {int(written.sum())} of them 1")
    table.finish()
