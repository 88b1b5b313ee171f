"""The package that grades: hidden tests, trusted calls, sandbox, gradebook and command line.

This file is one of the few that a confined kernel can read, so it imports nothing and says nothing about the tests.
"""


def hidden_tests(name: str) -> None:
    """Run the hidden tests called `name` on the notebook that calls this, and raise if one fails.

    Only the instructor's notebooks in ``source/`` reach this function, when they are run by hand or by nbval: there the
    tests run in the notebook's own kernel. While grading, the line that calls it never enters a kernel.

    Parameters
    ----------
    name : str
        The name of a group of tests in ``autograder/hidden_tests``.

    Raises
    ------
    autograder.errors.CheckFailed
        With the name and the message of every test that failed.
    """
    from autograder.inprocess import run_in_notebook

    run_in_notebook(name)
