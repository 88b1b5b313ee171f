"""One tree of exceptions: what a student's code did wrong is never of the same class as what the grader could not do.

Only a `StudentError` costs points. A `GraderError` leaves a submission ungraded, to be graded again. All of them keep
their arguments in ``args``, so they survive pickling on the way between processes.
"""


class CourseError(Exception):
    """Base of all errors that this package raises on purpose; the command line prints it in one line."""


class UsageError(CourseError):
    """The command cannot be carried out as it was given: an unknown homework, a missing folder, a broken file."""


class StudentError(CourseError):
    """The student's code failed: it raised, was missing, returned the wrong thing, ran out of time or memory."""


class CheckFailed(StudentError):
    """A test compared the student's result with what was expected, and they differ."""


class CodeRaised(StudentError):
    """The student's code raised an exception."""


class OutOfTime(StudentError):
    """The student's code used more time than its budget."""


class KernelDied(StudentError):
    """The student's code ended its kernel: by `os._exit`, a crash, or a limit on memory or processes."""


class BadReply(StudentError):
    """What came back from the student's kernel is not a value that the grader accepts."""


class SubmissionRefused(StudentError):
    """A submitted file cannot be graded at all: not JSON, too large, a link."""


class GraderError(CourseError):
    """The grader could not do its work; no points are lost by it and the submission stays ungraded."""


class KernelStartFailed(GraderError):
    """A kernel did not come up, before any student code ran."""


class KernelLost(GraderError):
    """A kernel was ended from outside, by the system or with its server, and not by the code in it."""


class SandboxUnavailable(GraderError):
    """A layer of the confinement is missing on this machine and the policy does not allow going on without it."""


class ReleaseMismatch(GraderError):
    """`release/`, `source/` and the gradebook disagree about what students were given."""
