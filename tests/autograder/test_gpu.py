"""GPUs: who sees which, and whose trouble it is when one fails. What needs a GPU itself carries the marker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder import gpus, pool, sandbox
from autograder.course import Course
from autograder.crew import Crew, Worker
from autograder.errors import UsageError
from autograder.grade import grade
from autograder.jobs import Run
from autograder.launching import kernel_policy
from autograder.options import Options
from autograder.policy import GradingPolicy
from autograder.results import Status


@pytest.fixture
def two_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like ``/dev`` of a machine with two GPUs."""
    folder = tmp_path / "dev"
    (folder / "nvidia-caps").mkdir(parents=True)
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-caps/nvidia-cap1", "null"):
        (folder / name).touch()
    monkeypatch.setattr(sandbox, "DEVICES", folder)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(gpus.shutil, "which", lambda name: None)
    return folder


def names() -> list[str]:
    return [Path(path).name for path in sandbox.gpu_devices()]


def test_all_cards_and_what_they_share(two_cards: Path) -> None:
    assert names() == ["nvidia-cap1", "nvidia-uvm", "nvidia0", "nvidia1", "nvidiactl"]


def test_a_card_that_is_not_allowed_is_not_let_in(two_cards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert names() == ["nvidia-cap1", "nvidia-uvm", "nvidia1", "nvidiactl"]
    assert gpus.gpus() == [gpus.Gpu("1")]


def test_no_card_at_all(two_cards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert names() == []
    assert gpus.gpus() == []


def test_each_worker_has_a_card_of_its_own(two_cards: Path, released: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = GradingPolicy(released, released.assignment("hw2"))
    run: Run = policy.run(policy.records(), threads=1)
    wanting = replace(run, kinds={name: replace(kind, device="auto") for name, kind in run.kinds.items()})
    told: list[dict[str, str]] = []

    class Link:
        def send(self, what: tuple[Run, dict[str, str]]) -> None:
            told.append(what[1])

    monkeypatch.setattr(Crew, "worker", lambda crew: Worker(0, None, Link()))  # type: ignore[arg-type]
    workers = pool.LocalPool(wanting, 4)
    for _ in range(4):
        workers._new_worker()
    assert [variables["CUDA_VISIBLE_DEVICES"] for variables in told] == ["0", "1", "0", "1"]
    assert [variables[gpus.SHARE_VARIABLE] for variables in told] == ["2"] * 4
    told.clear()
    pool.LocalPool(run, 1)._new_worker()
    assert told == [{}]


def test_more_notebooks_than_cards_where_they_fit(
    two_cards: Path, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nprintf '0, 24576\\n1, 81920\\n'\n")
    program.chmod(0o755)
    monkeypatch.setattr(gpus.shutil, "which", lambda name: str(program))
    assert gpus.gpus() == [gpus.Gpu("0", 24576), gpus.Gpu("1", 81920)]
    assert [card.notebooks(16384) for card in gpus.gpus()] == [1, 4]
    policy = GradingPolicy(course, course.assignment("hw2"))
    wanting = replace(
        policy.assignment, notebooks=tuple(replace(n, device="auto") for n in policy.assignment.notebooks)
    )
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(64)))
    assert Options(notebook="3_rnn").at_a_time(replace(policy, assignment=wanting, profile="full")) == 5
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    assert Options(notebook="3_rnn").at_a_time(replace(policy, assignment=wanting, profile="full")) == 2
    assert Options(notebook="3_rnn").at_a_time(policy) == 1
    program.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'\nexit 9\n")
    assert gpus.gpus() == [gpus.Gpu("0"), gpus.Gpu("1")]


def test_kernels_that_share_a_card_share_its_memory(
    two_cards: Path, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = course.assignment("hw2").limits("smoke")
    monkeypatch.setenv(gpus.SHARE_VARIABLE, "4")
    shared = kernel_policy("full", limits, "auto").environment
    assert shared["PYTORCH_CUDA_ALLOC_CONF"] == "per_process_memory_fraction:0.237"
    assert "PYTORCH_CUDA_ALLOC_CONF" not in kernel_policy("full", limits, "cpu").environment
    monkeypatch.delenv(gpus.SHARE_VARIABLE)
    alone = kernel_policy("full", limits, "auto").environment
    assert alone["PYTORCH_CUDA_ALLOC_CONF"] == "per_process_memory_fraction:0.95"


def test_cuda_is_refused_where_there_is_none(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "DEVICES", tmp_path)
    with pytest.raises(UsageError, match="there is no NVIDIA GPU"):
        GradingPolicy(course, course.assignment("hw2"), device="cuda")
    with pytest.raises(UsageError, match="unknown device"):
        GradingPolicy(course, course.assignment("hw2"), device="tpu")


def test_on_the_cpu_no_notebook_gets_a_card(two_cards: Path, course: Course) -> None:
    assignment = course.assignment("hw2")
    wanting = replace(assignment, notebooks=tuple(replace(n, device="auto") for n in assignment.notebooks))
    policy = GradingPolicy(course, wanting, device="cpu")
    assert policy.device_of("3_rnn") == "cpu"
    assert replace(policy, device="auto").device_of("3_rnn") == "auto"


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.parametrize("message", ["CUDA error: an illegal memory access was encountered", "CUDA out of memory."])
def test_a_failing_gpu_is_never_the_students_zero(
    course: Course, submit: Callable[..., Path], solutions: dict, workers: Any, message: str, monkeypatch: Any
) -> None:
    """The notebook gets a made-up card and raises what PyTorch raises; without a card it is an error like any other."""
    cells = dict(solutions["3_rnn"])
    cells["rnn_step_forward"] += f"\nraise RuntimeError({message!r})\n"
    submit("ada", "3_rnn", cells)
    policy = GradingPolicy(course, course.assignment("hw2"))
    (alone,) = grade(policy, Options(notebook="3_rnn"), scheduler=workers(policy))
    assert alone.notebooks[0].status is Status.GRADED

    scheduler = workers(policy)
    real = scheduler._workshop._launchers.get

    def with_a_card(kernel: Any, box: Any, torch: bool) -> Any:
        launcher = real(kernel, box, torch)
        limits = replace(launcher.policy.limits, gpu_devices=("/dev/nvidia0",))
        monkeypatch.setattr(launcher, "policy", replace(launcher.policy, limits=limits))
        return launcher

    monkeypatch.setattr(scheduler._workshop._launchers, "get", with_a_card)
    (result,) = grade(policy, Options(notebook="3_rnn", fresh=True), scheduler=scheduler)
    assert result.notebooks[0].status is Status.NOT_GRADED
    assert "the GPU failed" in result.notebooks[0].notes[0]


@pytest.fixture
def cuda() -> Iterator[None]:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA on this machine")
    return


@pytest.mark.gpu
@pytest.mark.sandbox
def test_a_confined_kernel_computes_on_the_gpu(cuda: None) -> None:
    from nbformat.v4 import new_code_cell

    from autograder.launching import make_launcher
    from autograder.session import KernelSession

    limits = Course(Path(__file__).parents[2]).assignment("hw2").limits("smoke")
    with KernelSession(make_launcher("full", limits, "auto"), limits) as session:
        cell = new_code_cell("import torch; x = torch.ones(100, 100, device='cuda'); print(float((x @ x).sum()))")
        session.run_cell(cell, 60)
    assert [output.get("text") for output in cell.outputs] == ["1000000.0\n"]


@pytest.mark.gpu
@pytest.mark.sandbox
def test_a_kernel_keeps_to_its_part_of_the_memory(cuda: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbformat.v4 import new_code_cell

    from autograder.launching import make_launcher
    from autograder.session import KernelSession

    monkeypatch.setenv(gpus.SHARE_VARIABLE, "2")
    limits = Course(Path(__file__).parents[2]).assignment("hw2").limits("smoke")
    with KernelSession(make_launcher("full", limits, "auto"), limits) as session:
        cell = new_code_cell(
            "import torch\nsize = torch.cuda.get_device_properties(0).total_memory\n"
            "small = torch.empty(size // 4, dtype=torch.uint8, device='cuda')\n"
            "large = torch.empty(size // 2, dtype=torch.uint8, device='cuda')"
        )
        session.run_cell(cell, 60)
    assert [output.get("ename") for output in cell.outputs] == ["OutOfMemoryError"]
