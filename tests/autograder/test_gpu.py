"""GPUs: who sees which, and whose trouble it is when one fails. What needs a GPU itself carries the marker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder import pool, sandbox
from autograder.course import Course
from autograder.errors import UsageError
from autograder.grade import Options, grade
from autograder.jobs import Run
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
    return folder


def names() -> list[str]:
    return [Path(path).name for path in sandbox.gpu_devices()]


def test_all_cards_and_what_they_share(two_cards: Path) -> None:
    assert names() == ["nvidia-cap1", "nvidia-uvm", "nvidia0", "nvidia1", "nvidiactl"]


def test_a_card_that_is_not_allowed_is_not_let_in(two_cards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert names() == ["nvidia-cap1", "nvidia-uvm", "nvidia1", "nvidiactl"]
    assert pool.gpus() == ["1"]


def test_no_card_at_all(two_cards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert names() == []
    assert pool.gpus() == []


def test_each_worker_has_a_card_of_its_own(two_cards: Path, released: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = GradingPolicy(released, released.assignment("hw2"))
    run: Run = policy.run(policy.records(), threads=1)
    wanting = replace(run, kinds={name: replace(kind, device="auto") for name, kind in run.kinds.items()})
    seen: list[str | None] = []

    def start(command: list[str], env: dict[str, str], **kwargs: Any) -> Any:
        seen.append(env.get("CUDA_VISIBLE_DEVICES"))
        raise OSError("not started in this test")

    monkeypatch.setattr(pool.subprocess, "Popen", start)
    workers = pool.LocalPool(wanting, 4)
    for number in range(4):
        with pytest.raises(Exception, match="no worker could be started"):
            workers._new_worker()
        workers._workers.append(pool._Worker(None, None, seen[number]))  # type: ignore[arg-type]
    assert seen == ["0", "1", "0", "1"]
    seen.clear()
    with pytest.raises(Exception, match="no worker could be started"):
        pool.LocalPool(run, 1)._new_worker()
    assert seen == [None]


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

    def with_a_card(kernel: Any, box: Any) -> Any:
        launcher = real(kernel, box)
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
