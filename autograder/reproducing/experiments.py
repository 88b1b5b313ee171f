"""The experiments: which script, on which data, and what takes the place of one whose data cannot be had."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.errors import UsageError
from utils.data.registry import data_set
from utils.data.store import MIRROR_VARIABLE, State, locate

PROFILES = ("smoke", "full")


@dataclass(frozen=True)
class Need:
    """A data set, or a certain file or edition of it."""

    data: str
    """Its name in `utils.data.registry`."""
    file: str = ""
    """A file of its folder that has to be there, of those that are not all required."""
    edition: str = ""
    """The folder that it has to be, where a mirror may have another in its place."""

    def lacking(self) -> str:
        """Why it is not on this machine, in one line; empty if it is.

        Raises
        ------
        utils.data.errors.MirrorMissing
            If ``COURSE_DATA_MIRROR`` names no folder.
        """
        found = locate(self.data)
        if found.state is State.INCOMPLETE:
            return found.problem
        there = found.state is State.COMPLETE and found.path is not None
        if there and found.path is not None:
            there = self.edition in ("", found.path.name) and (not self.file or (found.path / self.file).is_file())
        return "" if there else f"{self.title}: not on this machine; {self.remedy}"

    @property
    def title(self) -> str:
        """What it is, for a reader."""
        if self.file:
            return self.file
        edition = "" if self.edition in ("", data_set(self.data).folder) else f" ({self.edition})"
        return data_set(self.data).title + edition

    @property
    def remedy(self) -> str:
        """Which command gets it, and which file goes where by hand."""
        data = data_set(self.data)
        folder = self.edition or data.folder
        place = f"{folder}/{self.file}" if self.file else folder if data.kind == "weights" else f"{folder}/"
        by_hand = f"put `{place}` into the folder that `{MIRROR_VARIABLE}` names"
        return by_hand if folder in data.stand_ins else f"`course data fetch {self.data}`, or {by_hand}"


@dataclass(frozen=True)
class Experiment:
    """One run of one script, which leaves one record."""

    name: str
    """``<group>-<variant>``, or the group alone; the record's file name."""
    title: str
    """Data and model, in a few words."""
    script: str
    """In ``benchmarks/``."""
    arguments: tuple[str, ...] = ()
    profile: str = ""
    """``smoke``, ``full``, or empty for what has no profiles."""
    needs: tuple[Need, ...] = ()
    stands_in_for: str = ""
    """The experiment that it is the closest thing to; it is run only where that one cannot be, or when it is named."""
    only_named: bool = False
    """Whether it takes so long, or wants so quiet a machine, that it is run only when it is named."""
    pictures: bool = False
    """Whether the script takes ``--pictures FOLDER``."""
    threads: int = 1

    @property
    def group(self) -> str:
        return self.name.partition("-")[0]

    def lacking(self) -> str:
        """Why it cannot be run here; empty if it can."""
        return "; ".join(filter(None, (need.lacking() for need in self.needs)))


_SMOKE, _FULL = ("--profile", "smoke"), ("--profile", "full")
_INSECTS, _STYLES = Need("hymenoptera"), Need("styles")
_SENTENCES = Need("sentiment")
_SHOWN = ("--only", "by_heart", "better")

_ALL = (
    Experiment(
        "transfer_learning-embedded", "drawings, embedded network", "transfer_learning.py", _SMOKE, profile="smoke"
    ),
    Experiment(
        "transfer_learning-resnet18",
        "photographs, ResNet-18",
        "transfer_learning.py",
        (*_FULL, "--backbone", "resnet18"),
        profile="full",
        needs=(_INSECTS, Need("resnet18")),
    ),
    Experiment(
        "transfer_learning-squeezenet1_0",
        "photographs, SqueezeNet 1.0",
        "transfer_learning.py",
        (*_FULL, "--backbone", "squeezenet1_0"),
        profile="full",
        needs=(_INSECTS, Need("squeezenet1_0")),
        stands_in_for="transfer_learning-resnet18",
    ),
    Experiment(
        "style_transfer-embedded",
        "drawn pictures, embedded network",
        "style_transfer.py",
        _SMOKE,
        profile="smoke",
        pictures=True,
    ),
    Experiment(
        "style_transfer-squeezenet1_1",
        "the homework's pictures, SqueezeNet 1.1",
        "style_transfer.py",
        (*_FULL, "--backbone", "squeezenet1_1"),
        profile="full",
        needs=(_STYLES, Need("squeezenet1_1")),
        pictures=True,
    ),
    Experiment(
        "style_transfer-squeezenet1_0",
        "the homework's pictures, SqueezeNet 1.0",
        "style_transfer.py",
        (*_FULL, "--backbone", "squeezenet1_0"),
        profile="full",
        needs=(_STYLES, Need("squeezenet1_0")),
        stands_in_for="style_transfer-squeezenet1_1",
        pictures=True,
    ),
    Experiment(
        "captioning-embedded", "drawn scenes", "captioning.py", (*_SMOKE, *_SHOWN, "--seeds", "498"), profile="smoke"
    ),
    Experiment(
        "captioning-coco",
        "COCO 2014",
        "captioning.py",
        (*_FULL, *_SHOWN),
        profile="full",
        needs=(Need("coco_captioning", edition="coco_captioning"),),
        pictures=True,
    ),
    Experiment(
        "captioning-flickr8k",
        "Flickr8k, 1,000 photographs",
        "captioning.py",
        (*_FULL, *_SHOWN),
        profile="full",
        needs=(Need("coco_captioning", edition="flickr8k_captioning"),),
        stands_in_for="captioning-coco",
        pictures=True,
    ),
    Experiment(
        "text_classification-embedded",
        "drawn sentences, embedded GloVe",
        "text_classification.py",
        (*_SMOKE, "--test"),
        profile="smoke",
    ),
    Experiment(
        "text_classification-glove300",
        "the homework's sentences, GloVe 300-d",
        "text_classification.py",
        (*_FULL, "--test", "--glove-dim", "300"),
        profile="full",
        needs=(_SENTENCES, Need("glove_6b", "glove.6B.300d.txt")),
    ),
    Experiment(
        "text_classification-glove50",
        "the homework's sentences, GloVe 50-d",
        "text_classification.py",
        (*_FULL, "--test", "--glove-dim", "50"),
        profile="full",
        needs=(_SENTENCES, Need("glove_6b", "glove.6B.50d.txt")),
        stands_in_for="text_classification-glove300",
    ),
    Experiment("layers", "recurrent layers beside others", "layers.py", only_named=True, threads=2),
    Experiment("grading", "`course grade` beside others", "grading.py", only_named=True),
    Experiment("attacks", "the bank of attacks on both graders", "attacks.py", only_named=True),
)
EXPERIMENTS: dict[str, Experiment] = {experiment.name: experiment for experiment in _ALL}


def named(names: Iterable[str]) -> list[str]:
    """The experiments that some names mean, an experiment's or a group's, in the order of the page; each once.

    Raises
    ------
    UsageError
        If there is none of a name; the message lists the names.
    """
    wanted = set()
    groups = {experiment.group for experiment in EXPERIMENTS.values()}
    for name in names:
        if name in EXPERIMENTS:
            wanted.add(name)
        elif name in groups:
            wanted |= {other.name for other in EXPERIMENTS.values() if other.group == name}
        else:
            known = list(dict.fromkeys([*(e.group for e in EXPERIMENTS.values()), *EXPERIMENTS]))
            close = difflib.get_close_matches(name, known, n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise UsageError(f"no experiment is called {name!r}.{meant} There are: {', '.join(known)}")
    return [name for name in EXPERIMENTS if name in wanted]


@dataclass(frozen=True)
class Choice:
    """An experiment that was asked for, and why it is not run."""

    experiment: Experiment
    reason: str = ""
    """Why not; empty if it is run."""


def choose(names: Iterable[str] = (), profile: str = "") -> list[Choice]:
    """What is run and what is not, when these names are asked for, or everything.

    Parameters
    ----------
    names : iterable of str
        Experiments or groups; everything but what is run only when it is named, if there are none.
    profile : str
        ``smoke`` or ``full``: leave out the others, and what has no profiles.

    Raises
    ------
    UsageError
        If there is no such name or profile.
    utils.data.errors.DataError
        If the machine's settings for data are wrong.
    """
    names = list(names)
    if profile not in ("", *PROFILES):
        raise UsageError(f"there is no profile {profile!r}; choose one of {', '.join(PROFILES)}")
    chosen = []
    for name in named(names) if names else EXPERIMENTS:
        experiment = EXPERIMENTS[name]
        if profile and experiment.profile != profile:
            continue
        chosen.append(Choice(experiment, _reason(experiment, names)))
    return chosen


def _reason(experiment: Experiment, names: list[str]) -> str:
    if experiment.only_named and not names:
        return f"takes long and wants a quiet machine: course reproduce {experiment.name}"
    lacking = experiment.lacking()
    if lacking or experiment.name in names or not experiment.stands_in_for:
        return lacking
    original = EXPERIMENTS[experiment.stands_in_for]
    return "" if original.lacking() else f"stands in for {original.name}, which can be run here"
