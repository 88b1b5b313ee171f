"""The table of a check: what it says, in text and in HTML, and where it is shown."""

from __future__ import annotations

import html.parser
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from utils.checks import CheckError
from utils.checks.table import Row, Table

W = np.arange(1.0, 57).reshape(7, 8)


@pytest.fixture
def table():
    table = Table("rnn_step_backward")
    table.compare("dx", W[0] * (1 + 1e-9), W[0])
    table.compare("dWx", W.T, W)
    table.compare("dWh", W.T, W)
    table.compare("db", -W[0], W[0])
    table.note("arguments", "<script>alert(1)</script> & more")
    return table


def test_text(table):
    assert repr(table).splitlines() == [
        "rnn_step_backward",
        "  value      result  relative error  remark",
        "  dx         ok      1e-09",
        "  dWx        wrong                   expected shape (7, 8), got (8, 7): is it transposed?",
        "  dWh        wrong                   expected shape (7, 8), got (8, 7): is it transposed?",
        "  db         wrong   2e+00           the sign is flipped",
        "  arguments  note                    <script>alert(1)</script> & more",
    ]


def test_a_column_in_which_nothing_stands_is_left_out():
    table = Table("BagOfWords")
    table.rows += [Row("logits", "ok"), Row("padding", "ok")]
    assert repr(table).splitlines() == ["BagOfWords", "  value    result", "  logits   ok", "  padding  ok"]
    assert "relative error" not in table._repr_html_()
    table.fault("batch", "another logit")
    assert repr(table).splitlines()[1] == "  value    result  remark"


class Cells(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


def test_html_says_the_same_without_script_and_without_colours_of_text(table):
    cells = Cells()
    cells.feed(table._repr_html_())
    assert set(cells.tags) == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert {name for name, _ in cells.attributes} == {"style", "scope"}
    words = re.findall(r"\S+", " ".join(cells.texts))
    assert words == re.findall(r"\S+", repr(table))
    assert set(re.findall(r"(?<![-\w])color:[^;\"]*", table._repr_html_())) == {"color:inherit"}
    assert set(re.findall(r"background:(\w+)", table._repr_html_())) == {"rgba"}


def test_error_groups_what_has_one_message(table):
    with pytest.raises(CheckError) as error:
        table.finish()
    assert isinstance(error.value, AssertionError)
    assert str(error.value).splitlines() == [
        "rnn_step_backward is not right yet",
        "  dWx, dWh: expected shape (7, 8), got (8, 7): is it transposed?",
        "  db: the sign is flipped",
        "  (note) arguments: <script>alert(1)</script> & more",
    ]


def test_a_table_without_faults_does_not_raise(capsys):
    table = Table("f")
    table.compare("x", 1.0, np.array(1.0))
    table.note("x", "is fine")
    table.finish()
    assert capsys.readouterr().out == f"{table!r}\n"


@pytest.mark.parametrize("got", [None, "text", [[1.0], [2.0, 3.0]], np.ones(3) * np.nan, object(), np.ones((2, 2))])
def test_no_error_is_shown_where_there_is_none(got):
    table = Table("f")
    table.compare("x", got, np.ones(3))
    (row,) = table.rows
    assert (row.result, row.error) == ("wrong", None)


def test_a_list_is_no_array():
    table = Table("f")
    table.compare("h", [1.0, 2.0], np.array([1.0, 2.0]))
    assert table.wrong[0].message == "the values are right, but in a list of 2: make an array of it with np.stack"


@pytest.mark.parametrize("active", [True, False])
def test_displays_in_a_notebook_and_prints_elsewhere(monkeypatch, capsys, active):
    shown = []
    ipython = SimpleNamespace(get_ipython=lambda: object() if active else None)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=shown.append))
    table = Table("f")
    table.finish()
    assert shown == ([table] if active else [])
    assert capsys.readouterr().out == ("" if active else f"{table!r}\n")
