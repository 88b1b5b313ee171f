"""What is given in the text classification notebook: vocabulary, batches, training, predictions, curves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from utils import text
from utils.data import Sentences, Split, load_sentiment
from utils.text import Encoded, History, PredictionsError, Vocabulary, encode, encode_corpus, fit
from utils.text.predictions import parse_predictions
from utils.text.threads import one_thread
from utils.text.training import _with_hidden_words

WORDS = ("good", "bad", "the", "food", "was", ".")
SENTENCES = st.lists(st.lists(st.sampled_from((*WORDS, "zumbaro", "<pad>", "<unk>")), max_size=6), max_size=8)


@pytest.fixture(autouse=True)
def _one_thread_and_no_screen() -> Iterator[None]:
    matplotlib.use("Agg")
    with one_thread():
        yield


# The vocabulary


def test_frequent_words_come_first_and_equals_in_their_order() -> None:
    vocabulary = Vocabulary([["b", "a", "c"], ["c", "a"], ["c"], []])
    assert vocabulary.words == ("<pad>", "<unk>", "c", "a", "b")
    assert vocabulary.counts == (0, 0, 3, 2, 1)
    assert len(vocabulary) == 5


def test_words_that_are_too_rare_are_unknown() -> None:
    vocabulary = Vocabulary([["a", "a", "b"]], min_count=2)
    assert vocabulary.words == ("<pad>", "<unk>", "a")
    assert vocabulary.numbers(["a", "b"]) == [2, 1]


def test_words_that_look_like_the_two_entries_are_unknown_or_words() -> None:
    assert Vocabulary([["a"]]).numbers(["<pad>", "<unk>"]) == [1, 1]
    odd = Vocabulary([["<pad>", "a", "<pad>"]])
    assert odd.numbers(["<pad>", "a"]) == [2, 3]
    assert "<unk>" not in odd


def test_an_empty_corpus_has_the_two_entries() -> None:
    assert Vocabulary([]).words == ("<pad>", "<unk>")


# Sentences as numbers


@given(SENTENCES)
@settings(max_examples=60, deadline=None)
def test_a_batch_holds_every_sentence_and_zeros_behind_it(sentences: list[list[str]]) -> None:
    vocabulary = Vocabulary([list(WORDS)])
    tokens, lengths, labels = encode(sentences, vocabulary).batch()
    assert labels is None
    assert tokens.dtype == lengths.dtype == torch.int64
    assert tokens.shape == (len(sentences), max([1, *map(len, sentences)]))
    for row, length, sentence in zip(tokens, lengths, sentences, strict=True):
        assert row[:length].tolist() == vocabulary.numbers(sentence)
        assert not row[length:].any()


def test_rows_may_be_chosen_in_any_order() -> None:
    encoded = encode([["good"], ["bad", "food"], []], Vocabulary([list(WORDS)]), [1, 0, 1])
    tokens, lengths, labels = encoded.batch([1, 0])
    assert tokens.tolist() == [[3, 5], [2, 0]]
    assert lengths.tolist() == [2, 1]
    assert labels is not None
    assert labels.tolist() == [0.0, 1.0]
    assert encoded.batch([2]).tokens.tolist() == [[0]], "there is always a column"


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_going_through_in_random_order_meets_every_sentence_once(batch_size: int) -> None:
    rng = np.random.default_rng(0)
    sentences = [[str(word) for word in rng.integers(0, 9, size=rng.integers(0, 8))] for _ in range(50)]
    encoded = encode(sentences, Vocabulary(sentences), np.arange(50))
    batches = list(encoded.shuffled(batch_size, torch.Generator().manual_seed(1), pool=4))
    met = torch.cat([batch.labels for batch in batches])  # type: ignore[misc]
    assert sorted(met.tolist()) == list(range(50))
    assert met.tolist() != list(range(50))
    assert max(len(batch.lengths) for batch in batches) <= batch_size
    again = torch.cat([b.labels for b in encoded.shuffled(batch_size, torch.Generator().manual_seed(1), pool=4)])  # type: ignore[misc]
    assert torch.equal(met, again)


def test_batches_hold_sentences_of_similar_lengths() -> None:
    sentences = [["a"] * length for length in range(1, 65)]
    encoded = encode(sentences, Vocabulary(sentences))
    batches = encoded.shuffled(8, torch.Generator().manual_seed(0))
    assert all(int(batch.lengths.max() - batch.lengths.min()) < 8 for batch in batches)


def test_labels_must_be_as_many_as_sentences() -> None:
    with pytest.raises(ValueError, match="2 sentences, but 1 labels"):
        encode([["a"], ["b"]], Vocabulary([["a"]]), [1])


def test_a_corpus_knows_the_words_of_training_only() -> None:
    split = Split([["a", "b"], ["c"]], np.array([0, 1]))
    corpus = encode_corpus(Sentences(split, Split([["d", "a"]], np.array([1])), split, [["e"], []]))
    assert corpus.vocabulary.words[2:] == ("a", "b", "c")
    assert corpus.dev.batch().tokens.tolist() == [[1, 2]]
    assert corpus.unlabelled.labels is None
    assert len(corpus.unlabelled) == 2


@pytest.mark.real_data
def test_the_real_corpus_has_its_vocabulary_and_is_kept_without_padding(real_data: Path) -> None:
    corpus = encode_corpus(load_sentiment("full"))
    assert len(corpus.vocabulary) == 7639 + 2
    splits = (corpus.train, corpus.dev, corpus.test, corpus.unlabelled)
    assert [len(split) for split in splits] == [40_000, 10_000, 10_000, 10_000]
    assert len(corpus.train.ids) == int(corpus.train.lengths.sum()) == sum(corpus.vocabulary.counts)
    assert all(int(split.lengths.min()) >= 1 for split in splits)
    assert not bool((corpus.train.ids == text.UNK).any())
    assert bool((corpus.dev.ids == text.UNK).any())


def test_nothing_is_as_large_as_sentences_times_vocabulary() -> None:
    sentences = [[f"word{number}", "."] for number in range(20_000)]
    encoded = encode(sentences, Vocabulary(sentences))
    assert sum(array.numel() for array in (encoded.ids, encoded.starts, encoded.lengths)) == 80_000


# Training


class Bag(nn.Module):
    """Counts words; enough to learn a small task."""

    def __init__(self, words: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.weights = nn.Embedding(words, 1, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.modes: list[bool] = []

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        self.modes.append(self.training)
        values: Tensor = self.dropout(self.weights(tokens)).sum(dim=(1, 2))
        return values


@pytest.fixture
def task() -> tuple[Encoded, Encoded, Vocabulary]:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, size=200)
    sentences = [["the", "food", "was", "good" if label else "bad"] for label in labels]
    vocabulary = Vocabulary(sentences)
    return (
        encode(sentences[:150], vocabulary, labels[:150]),
        encode(sentences[150:], vocabulary, labels[150:]),
        vocabulary,
    )


def trained(task: tuple[Encoded, Encoded, Vocabulary], **options: object) -> tuple[Bag, History]:
    torch.manual_seed(0)
    train, dev, vocabulary = task
    model = Bag(len(vocabulary))
    chosen = {"epochs": 4, "batch_size": 16, "quiet": True, **options}
    return model, fit(model, torch.optim.Adam(model.parameters(), lr=0.1), train, dev, **chosen)  # type: ignore[arg-type]


def test_fit_learns_and_tells_what_happened(task: tuple, capsys: pytest.CaptureFixture[str]) -> None:
    model, history = trained(task, quiet=False)
    assert text.accuracy(model, task[1]) == 1.0
    assert len(history.train_loss) == len(history.dev_loss) == len(history.dev_accuracy) == 4
    assert history.train_loss[-1] < history.train_loss[0]
    printed = capsys.readouterr().out
    assert "dev accuracy" in printed
    assert f"kept the weights of epoch {history.best + 1}" in printed


def test_fit_gives_the_same_twice(task: tuple) -> None:
    one, other = trained(task), trained(task)
    assert one[1].train_loss == other[1].train_loss
    assert torch.equal(one[0].weights.weight, other[0].weights.weight)


def test_fit_keeps_the_weights_that_were_best_on_dev(task: tuple) -> None:
    """The labels of dev are turned round, so training only makes it worse and the first epoch is best."""
    train, dev, vocabulary = task
    turned = Encoded(dev.ids, dev.starts, dev.lengths, 1 - dev.labels)
    torch.manual_seed(0)
    model = Bag(len(vocabulary))
    with torch.no_grad():
        model.weights.weight[vocabulary.index["bad"]] = 1.0
        model.weights.weight[vocabulary.index["good"]] = -1.0
    history = fit(
        model, torch.optim.SGD(model.parameters(), lr=0.2), train, turned, epochs=6, batch_size=16, quiet=True
    )
    assert history.dev_accuracy[history.best] == max(history.dev_accuracy) > history.dev_accuracy[-1]
    assert text.accuracy(model, turned) == pytest.approx(max(history.dev_accuracy))


def test_fit_trains_in_training_mode_and_looks_in_evaluation_mode(task: tuple) -> None:
    model, _ = trained(task, epochs=1, batch_size=50)
    assert model.modes[:3] == [True, True, True]
    assert not any(model.modes[3:])


def test_the_learning_rate_falls_to_zero(task: tuple) -> None:
    train, dev, vocabulary = task
    model = Bag(len(vocabulary))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.5)
    fit(model, optimizer, train, dev, epochs=2, batch_size=10, quiet=True)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.0)


def test_no_epochs_change_nothing(task: tuple) -> None:
    model, history = trained(task, epochs=0)
    torch.manual_seed(0)
    assert torch.equal(model.weights.weight, Bag(len(task[2])).weights.weight)
    assert history.dev_accuracy == []


def test_label_smoothing_keeps_the_logits_small(task: tuple) -> None:
    plain, smooth = (trained(task, epochs=20, label_smoothing=value)[0] for value in (0.0, 0.3))
    assert text.logits(smooth, task[1]).abs().max() < text.logits(plain, task[1]).abs().max()


def test_threads_are_as_before(task: tuple) -> None:
    torch.set_num_threads(2)
    trained(task, epochs=1)
    assert torch.get_num_threads() == 2


def test_a_result_with_an_axis_too_many_is_refused(task: tuple) -> None:
    class Column(Bag):
        def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
            return super().forward(tokens, lengths).unsqueeze(1)

    model = Column(len(task[2]))
    with pytest.raises(ValueError, match=r"one logit a sentence, shape \(\d+,\); it returned shape \(\d+, 1\)"):
        fit(model, torch.optim.Adam(model.parameters()), task[0], task[1], epochs=1, batch_size=16, quiet=True)


def test_rare_words_are_hidden_and_frequent_ones_hardly_ever() -> None:
    sentences = [["rare"], *([["often"]] * 999)]
    encoded = encode(sentences, Vocabulary(sentences))
    generator = torch.Generator().manual_seed(0)
    hidden = torch.stack([_with_hidden_words(encoded, 1.0, generator).ids == 1 for _ in range(400)]).float()
    assert hidden[:, 0].mean() == pytest.approx(0.5, abs=0.1)
    assert hidden[:, 1:].mean() == pytest.approx(0.001, abs=0.0005)


def test_predictions_and_probabilities_agree_with_the_logits(task: tuple) -> None:
    model, _ = trained(task)
    model.train()
    values = text.logits(model, task[1])
    assert model.training, "the mode is what it was before"
    assert not values.requires_grad
    np.testing.assert_array_equal(text.predict(model, task[1]), (values > 0).numpy())
    chances = text.probabilities(model, task[2], ["the food was good", "bad", ""])
    assert chances[0] > 0.5 > chances[1]
    assert chances[2] == pytest.approx(0.5)


def test_sentences_may_be_asked_for_in_any_number_at_once(task: tuple) -> None:
    model, _ = trained(task)
    np.testing.assert_allclose(text.logits(model, task[1], 7), text.logits(model, task[1], 1000), rtol=1e-6)
    nothing = encode([], task[2], [])
    assert len(text.logits(model, nothing)) == 0


# Predictions


def test_predictions_are_written_and_read(tmp_path) -> None:
    path = tmp_path / "predictions_q1.txt"
    text.write_predictions(path, np.array([1, 0, 0, 1]))
    assert path.read_bytes() == b"1\n0\n0\n1\n"
    assert text.check_predictions(path, 4).tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("predictions", "complaint"),
    [
        ([0, 2], "every prediction should be 0 or 1, got 2"),
        ([0.0, 0.7], "every prediction should be 0 or 1, got 0.7"),
        ([[0], [1]], r"expected one prediction a sentence, got an array of shape \(2, 1\)"),
        ([float("nan")], "every prediction should be 0 or 1, got nan"),
    ],
)
def test_wrong_predictions_are_not_written(tmp_path, predictions: list, complaint: str) -> None:
    with pytest.raises(PredictionsError, match=complaint):
        text.write_predictions(tmp_path / "p.txt", predictions)
    assert not (tmp_path / "p.txt").exists()


@pytest.mark.parametrize("predictions", [[True, False], np.array([1.0, 0.0]), (1, 0), np.array([1, 0], np.uint8)])
def test_anything_that_is_zero_or_one_is_written(tmp_path, predictions: object) -> None:
    text.write_predictions(tmp_path / "p.txt", predictions)  # type: ignore[arg-type]
    assert (tmp_path / "p.txt").read_text() == "1\n0\n"


@pytest.mark.parametrize("content", ["1\n0\n", "1\n0", "1\r\n0\r\n", " 1\n0 \n\n\n"])
def test_small_differences_of_writing_are_forgiven(content: str) -> None:
    assert parse_predictions(content, 2, "p.txt").tolist() == [1, 0]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "p.txt: expected 2 lines, one for each unlabelled sentence, got 0"),
        ("1\n", "p.txt: expected 2 lines, one for each unlabelled sentence, got 1"),
        ("1\n0\n1\n", "p.txt: expected 2 lines, one for each unlabelled sentence, got 3"),
        ("1\n\n0\n", "p.txt, line 2: expected 0 or 1, got nothing"),
        ("1 0\n0\n", "p.txt, line 1: expected 0 or 1, got '1 0'"),
        ("1\n0.2\n", "p.txt, line 2: expected 0 or 1, got '0.2'"),
        ("1.0\n0\n", "p.txt, line 1: expected 0 or 1, got '1.0'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(content: str, complaint: str) -> None:
    with pytest.raises(PredictionsError) as caught:
        parse_predictions(content, 2, "p.txt")
    assert str(caught.value) == complaint


def test_a_missing_or_unreadable_file_is_said(tmp_path) -> None:
    with pytest.raises(PredictionsError, match="is missing: run the cell that writes it"):
        text.check_predictions(tmp_path / "no.txt", 1)
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(PredictionsError, match="cannot be read as text"):
        text.check_predictions(tmp_path / "b.txt", 1)
    with pytest.raises(PredictionsError, match="cannot be read as text"):
        text.check_predictions(tmp_path, 1)


# Curves and the table


@pytest.mark.parametrize("count", [1, 5])
def test_curves_are_drawn(count: int) -> None:
    import matplotlib.pyplot as plt

    histories = {f"run {n}": History([0.6, 0.5], [0.6, 0.55], [0.7, 0.8 - 0.2 * n]) for n in range(count)}
    text.plot_training(histories)
    left, right = plt.gcf().axes
    assert left.get_ylabel().startswith("loss")
    assert right.get_ylabel() == "accuracy on dev"
    assert (
        len({line.get_linestyle() for line in right.get_lines() if line.get_marker() == "None"}) == min(count, 5) or 4
    )
    plt.close("all")


def test_probabilities_are_drawn() -> None:
    import matplotlib.pyplot as plt

    text.plot_probabilities(["good", "not good"], {"one": [0.9, 0.2], "other": np.array([0.8, 0.7])})
    axes = plt.gca()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["good", "not good"]
    assert axes.get_xlim() == (-0.02, 1.02)
    plt.close("all")


def test_the_table_shows_every_model_in_both_forms() -> None:
    result = {"dev": 0.95126, "test": 0.5, "parameters": 1234567, "seconds": 3.6}
    table = text.show_results({"6.1 <bag>": result, "6.2": result})
    lines = repr(table).splitlines()
    assert len(lines) == 3
    assert len({len(line) for line in lines}) == 1
    assert lines[1].split()[-4:] == ["0.9513", "0.5000", "1,234,567", "4"]
    html = table._repr_html_()
    assert html.count("<tr>") == 3
    assert "6.1 &lt;bag&gt;" in html
    assert "color:" not in html
    assert "background" not in html


def test_the_grader_need_not_import_pytorch() -> None:
    code = "import sys; from utils.text import Vocabulary, parse_predictions; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_an_unknown_name_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        _ = text.fitt
    assert set(text.__all__) == set(text._MODULES)
