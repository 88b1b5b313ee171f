"""``python -m autograder`` is the ``course`` command, where that is not on the path."""

from autograder.cli import main

if __name__ == "__main__":
    main()
