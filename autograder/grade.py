"""Grades a class. The coordinator: it plans the work, has it done elsewhere, and is the only one that writes.

    plan (what is handed in, what is known of it) -> jobs -> scheduler -> journal -> gradebook

None of the submissions can stop the others, and a run that is broken off is taken up by the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from autograder.crew import Crew
from autograder.errors import CourseError, SubmissionRefused, UsageError
from autograder.jobs import Job, Outcome, Scheduler
from autograder.journal import Journal, base_of, key_of
from autograder.kernel.imports import imports
from autograder.options import Options, start_ahead
from autograder.policy import GradingPolicy
from autograder.pool import LocalPool
from autograder.progress import Watch
from autograder.record import Record
from autograder.results import CellResult, NotebookResult, Status, SubmissionResult, TestResult
from autograder.sanitise import read_submission
from autograder.siblings import submitted_siblings
from autograder.submissions import check_timestamp, find_renamed, refuse_links

if TYPE_CHECKING:
    from autograder.recording import Known, Recorder


@dataclass
class _Submission:
    """What is known of one student's submission while the run goes on."""

    student: str
    waiting: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    done: dict[str, NotebookResult] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    trouble: str = ""


def grade(
    policy: GradingPolicy,
    options: Options | None = None,
    watch: Watch | None = None,
    scheduler: Scheduler | None = None,
) -> list[SubmissionResult]:
    """Grade submissions and record their scores in the gradebook.

    Parameters
    ----------
    policy : GradingPolicy
        What applies to this run.
    options : Options, optional
        Whom and what to grade, and where.
    watch : Watch, optional
        Is told what happens.
    scheduler : Scheduler, optional
        Does the work, in the place of what the options say, and stays open.

    Returns
    -------
    list of SubmissionResult
        In the order of the students' names. What the grader could not do has the status ``NOT_GRADED``.

    Raises
    ------
    UsageError
        If nobody has handed anything in, or a named student has not, or another run is under way.
    ReleaseMismatch
        If the release is not as recorded; nothing is graded then.
    """
    options = options or Options()
    students = _chosen_students(policy, options.students)
    with ExitStack() as held:
        held.enter_context(_only_run(policy))
        crew = None
        if scheduler is None and not options.scheduler:
            crew = held.enter_context(closing(start_ahead(policy, options)))
        with imports():
            from autograder.late import sync_policy
            from autograder.recording import Recorder

        recorder = held.enter_context(Recorder(policy.course, policy.assignment.name))
        sync_policy(policy.course, policy.assignment.name)
        return _Coordinator(policy, options, recorder, watch or Watch(), crew).grade(students, scheduler)


class _Coordinator:
    """One run, from the plan to the last entry in the gradebook."""

    def __init__(
        self, policy: GradingPolicy, options: Options, recorder: Recorder, watch: Watch, crew: Crew | None
    ) -> None:
        self._policy = policy
        self._options = options
        self._crew = crew
        self._wanted = options.wanted(policy)
        self._recorder = recorder
        self._watch = watch
        self._journal = Journal(policy.course, policy.assignment.name)
        self._records = policy.records()
        self._count = options.at_a_time(policy)
        self._run = policy.run(self._records, options.threads(self._count))
        self._bases = {name: base_of(self._run, name) for name in self._wanted}
        self._submissions: dict[str, _Submission] = {}
        self._remarks: set[str] = set()

    def grade(self, students: Iterable[str], given: Scheduler | None) -> list[SubmissionResult]:
        """Plan, do, record."""
        results = {}
        known = self._recorder.recorded()
        for student in students:
            submission = self._plan(student)
            self._submissions[student] = submission
        todo = [(s.student, name) for s in self._submissions.values() for name in s.waiting]
        scheduler = given or self._scheduler(len(todo))
        count = sum(len(s.done) for s in self._submissions.values())
        self._watch.begin(len(todo), count, scheduler.describe())
        try:
            for submission in self._submissions.values():
                if not submission.waiting:
                    results[submission.student] = self._finish(submission, known)
            for outcome in scheduler.run(self._jobs(todo), self._watch.step):
                done = self._take(outcome)
                if not done.waiting:
                    results[done.student] = self._finish(done, None)
        finally:
            if not given:
                scheduler.close()
            self._watch.end()
        return [results[student] for student in sorted(results)]

    def _scheduler(self, todo: int) -> Scheduler:
        if self._options.scheduler:
            from autograder.cluster import open_cluster

            return open_cluster(self._options.scheduler, self._run, self._count)
        return LocalPool(self._run, max(1, min(self._count, todo)), self._crew)

    def _plan(self, student: str) -> _Submission:
        """What is handed in, and which of it is known already; a trouble of the grader's stops nobody else."""
        submission = _Submission(student)
        folder = self._policy.course.submitted(student, self._policy.assignment.name)
        try:
            check_timestamp(folder)
            submission.notes = refuse_links(folder)
            for name in self._wanted:
                if not (folder / f"{name}.ipynb").is_file():
                    submission.missing.add(name)
                    continue
                job = self._job(student, name, whole=False)
                submission.keys[name] = job.key
                found = None if self._options.fresh else self._journal.find(job)
                if found is None:
                    submission.waiting.add(name)
                else:
                    submission.done[name] = found.result
        except (CourseError, OSError) as error:
            submission = _Submission(student, trouble=str(error))
        return submission

    def _job(self, student: str, notebook: str, whole: bool = True) -> Job:
        """A job, or (not `whole`) only its key: the contents of a class do not have to fit into memory."""
        homework = self._policy.assignment.name
        record, most = self._records[notebook], self._policy.limits.submission_mib * 2**20
        folder = self._policy.course.submitted(student, homework)
        content, refused = _read(folder / f"{notebook}.ipynb", most)
        beside = {name: _read(folder / f"{name}.ipynb", most) for name in record.siblings}
        key = key_of(self._bases[notebook], content, refused, beside)
        if not whole:
            return Job(student, notebook, key)
        siblings = submitted_siblings(self._policy.course, record, student, most, self._records)
        return Job(student, notebook, key, content, refused, siblings)

    def _jobs(self, todo: list[tuple[str, str]]) -> Iterator[Job]:
        """The work, the longest first, so that no long one is left to run alone at the end; read as it is asked for."""
        seconds = self._journal.seconds()
        usual = {name: seconds.get(("", name), float("inf")) for name in self._wanted}
        for student, name in sorted(todo, key=lambda pair: -seconds.get(pair, usual[pair[1]])):
            yield self._job(student, name)

    def _take(self, outcome: Outcome) -> _Submission:
        """Keep what came of a job: first on disk."""
        submission = self._submissions[outcome.student]
        result = outcome.result
        for remark in outcome.remarks:
            if remark not in self._remarks:
                self._remarks.add(remark)
                self._watch.remark(remark)
        if result.status is not Status.NOT_GRADED:
            try:
                self._journal.note(outcome)
                submission.keys[outcome.notebook] = outcome.key
            except OSError as error:
                result = NotebookResult(
                    outcome.student, outcome.notebook, Status.NOT_GRADED, notes=(f"it cannot be kept: {error}",)
                )
        submission.done[outcome.notebook] = result
        submission.waiting.discard(outcome.notebook)
        self._watch.notebook(outcome)
        return submission

    def _finish(self, submission: _Submission, known: Known | None) -> SubmissionResult:
        """Record a submission whose notebooks are all done; one that is recorded already (in `known`) is left alone."""
        student = submission.student
        try:
            if submission.trouble:
                raise CourseError(submission.trouble)
            graded = {
                name: self._graded(submission, name)
                for name, result in submission.done.items()
                if result.status is not Status.NOT_GRADED
            }
            recorder = self._recorder
            if known is not None and recorder.is_recorded(student, graded, submission.missing, known):
                scores = recorder.charge(student)
            else:
                scores = recorder.record(student, graded, submission.missing)
            results = [self._with_score(submission, name, *scores[name]) for name in self._wanted]
        except (CourseError, OSError) as error:
            results = [NotebookResult(student, name, Status.NOT_GRADED, notes=(str(error),)) for name in self._wanted]
        result = SubmissionResult(student, tuple(results))
        self._watch.submission(result)
        return result

    def _graded(self, submission: _Submission, notebook: str) -> str:
        found = self._journal.find(Job(submission.student, notebook, submission.keys[notebook]))
        if found is None:
            raise CourseError(f"the journal's entry for {notebook} is gone: run the same command again")
        return found.graded

    def _with_score(self, submission: _Submission, notebook: str, score: float, max_score: float) -> NotebookResult:
        if notebook in submission.missing:
            folder = self._policy.course.submitted(submission.student, self._policy.assignment.name)
            result = _missing(folder, submission.student, self._records[notebook])
        else:
            result = submission.done[notebook]
        return NotebookResult(
            submission.student,
            notebook,
            result.status,
            result.cells,
            (*result.notes, *submission.notes),
            result.seconds,
            score,
            max_score,
        )


def _chosen_students(policy: GradingPolicy, students: tuple[str, ...]) -> tuple[str, ...]:
    homework = policy.assignment.name
    everybody = policy.course.students(homework)
    for student in students:
        if student not in everybody:
            raise UsageError(
                f"{student} has handed in nothing: {policy.course.submitted(student, homework)} does not exist"
            )
    if not everybody:
        raise UsageError(f"nobody has handed anything in: expected folders submitted/<student>/{homework}/")
    return students or everybody


@contextmanager
def _only_run(policy: GradingPolicy) -> Iterator[None]:
    """Two runs would overwrite each other's work. The system gives the lock back when a run ends, however it ends."""
    path = policy.course.private / "grading.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise UsageError(
            f"another `course grade` is under way here (it holds {path}); wait until it has ended"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _read(path: Path, most: int) -> tuple[bytes, str]:
    """The bytes of a submitted file, or why it is refused."""
    try:
        return read_submission(path, most), ""
    except SubmissionRefused as error:
        return b"", str(error)
    except FileNotFoundError:
        return b"", "not handed in"


def _missing(folder: Path, student: str, record: Record) -> NotebookResult:
    name = find_renamed(folder, record)
    status = Status.RENAMED if name else Status.MISSING
    note = f"found {name!r} instead: rename it to {record.notebook}.ipynb and grade again" if name else "not handed in"
    cells = tuple(
        CellResult(cell.grade_id, cell.points, (TestResult("handed in", False, 0.0, cell.points, note),))
        for cell in record.cells
        if cell.graded_by_tests
    )
    return NotebookResult(student, record.notebook, status, cells, (note,))
