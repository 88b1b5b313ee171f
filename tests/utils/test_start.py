from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch

from utils.start import Settings, start


@pytest.fixture(autouse=True)
def _no_profile(monkeypatch):
    monkeypatch.delenv("COURSE_PROFILE", raising=False)


@pytest.mark.parametrize(
    ("minutes", "line"),
    [
        (1, "3_rnn: profile smoke, device cpu, seed 498, about 1 minute\n"),
        (2.5, "3_rnn: profile smoke, device cpu, seed 498, about 2.5 minutes\n"),
        (0.2, "3_rnn: profile smoke, device cpu, seed 498, less than a minute\n"),
    ],
)
def test_prints_one_line(capsys, minutes, line):
    settings = start("3_rnn", minutes)
    assert capsys.readouterr().out == line
    assert settings == Settings("3_rnn", "smoke", "cpu", 498)
    with pytest.raises(FrozenInstanceError):
        settings.seed = 1


def test_seeds_all_generators():
    def draw():
        start("3_rnn", minutes=1)
        return random.random(), np.random.rand(), torch.rand(1).item()

    assert draw() == draw()
    start("3_rnn", minutes=1, seed=1)
    assert random.random() == random.Random(1).random()


@pytest.mark.parametrize(("value", "profile"), [("", "smoke"), ("smoke", "smoke"), ("full", "full")])
def test_profile_comes_from_the_environment(monkeypatch, value, profile):
    monkeypatch.setenv("COURSE_PROFILE", value)
    assert start("3_rnn", minutes=1).profile == profile


def test_an_unknown_profile_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "fast")
    with pytest.raises(ValueError, match="COURSE_PROFILE is 'fast': set it to 'smoke' or 'full'"):
        start("3_rnn", minutes=1)


@pytest.mark.parametrize(
    ("gpu", "available", "device"),
    [(True, True, "cuda"), (True, False, "cpu"), (False, True, "cpu"), (False, False, "cpu")],
)
def test_device(monkeypatch, gpu, available, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    monkeypatch.setattr(torch, "manual_seed", lambda seed: None)
    assert start("1_transfer_learning", minutes=3, gpu=gpu).device == device


def test_does_without_torch(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch")
    assert start("3_rnn", minutes=1, gpu=True).device == "cpu"
    assert "torch" not in sys.modules


def test_a_notebook_of_numpy_waits_for_no_large_import():
    code = (
        "import sys; import utils.start, utils.checks, utils.layers; utils.start.start('3_rnn', 1);"
        "print([name for name in ('torch', 'IPython', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
