"""A submission's cells show in the grader's kernels what they show in Jupyter, but for what is kept from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from test_warm import LIMITS, POLICY

from autograder.sandbox import ConfinedLauncher
from autograder.session import KernelSession
from autograder.warm import WarmLauncher, WarmServers, why_not_warm

CELLS = {
    "a value": "1 + 1",
    "two values": "1\n2",
    "printed, then a value": "print('a')\n'b'",
    "both streams": "import sys\nprint('out')\nprint('err', file=sys.stderr)",
    "rich displays": "from IPython.display import HTML, Markdown, Math, display\n"
    "display(HTML('<b>x</b>'), Markdown('*y*'), Math('x^2'))",
    "a display that is updated": "shown = display('one', display_id='d')\nshown.update('two')",
    "cleared": "from IPython.display import clear_output\nprint('a')\nclear_output()\nprint('b')",
    "cleared when there is more": "print('a')\nclear_output(wait=True)\nprint('b')",
    "to be cleared, but there is no more": "print('a')\nclear_output(wait=True)",
    "an error": "def f():\n    return 1 / 0\n\n\nf()",
    "no Python": "x = = 3",
    "an exit": "raise SystemExit(3)",
    "an interrupt of its own": "raise KeyboardInterrupt",
    "a magic": "%precision 3",
    "a cell magic": "%%capture kept\nprint('hidden')",
    "what was captured": "print(repr(kept.stdout))",
    "a magic's value": "here = %who_ls float\nprint(here)",
    "a file written and run": "%%writefile part.py\nprint('in the part')",
    "the file": "%run part.py",
    "figures": "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "a figure as a value": "figure, axes = plt.subplots()\nfigure",
    "a bar": "from tqdm import trange\nfor i in trange(3, file=sys.stdout, disable=True):\n    pass\nprint(i)",
    "log records": "import logging\nlogging.warning('careful')\nlogging.getLogger('x').error('bad')",
    "more log records": "logging.basicConfig(level=logging.INFO, force=True)\nlogging.info('hello')",
    "a thread": "import threading\nt = threading.Thread(target=print, args=('from a thread',))\nt.start()\nt.join()",
    "awaited": "import asyncio\n\n\nasync def five():\n    await asyncio.sleep(0.01)\n    return 5\n\n\nawait five()",
    "awaited together": "await asyncio.gather(five(), five())",
    "a task": "task = asyncio.ensure_future(five())",
    "the task": "await task",
    "a loop in a loop": "waiting = five()\nasyncio.run(waiting)",
    "no loop in a loop": "waiting.close()",
    "a question": "input('name? ')",
    "nothing on the input": "sys.stdin.read()",
    "help": "help(len)",
    "the last value": "3\n",
    "it again": "_",
    "what was run": "In[1]",
    "an object that shows itself": "class H:\n    def _repr_html_(self):\n        return '<i>h</i>'\n\n\nH()",
    "an object that cannot": "class B:\n    def __repr__(self):\n        raise ValueError('r')\n\n\nB()",
    "code run by code": "done = get_ipython().run_cell('print(42)')",
    "the shell's name": "print(type(get_ipython()).__name__, __name__)",
    "how often": "get_ipython().execution_count",
    "long lines": "print('x' * 20_000)",
    "letters": "print('é😀')",
    "the stream's nature": "print(sys.stdout.isatty(), sys.stdout.encoding)",
    "not a whole line": "sys.stdout.write('no newline')\nsys.stdout.flush()",
    "past the stream": "import os, time\nos.write(1, b'raw\\n')\ntime.sleep(0.3)",
    "an error that was caught": "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print(repr(e))",
    "a reload": "%load_ext autoreload\n%autoreload 2",
    "a variable that is deleted": "del H\nH",
}
"""Run in this order; a later cell may use what an earlier one has defined."""

pytestmark = pytest.mark.sandbox


def cells() -> list[NotebookNode]:
    return [new_code_cell(source) for source in CELLS.values()]


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What Jupyter shows."""
    notebook = new_notebook(cells=cells())
    place = {"metadata": {"path": str(tmp_path_factory.mktemp("jupyter"))}}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)  # ipykernel shows less where it finds this
        NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=60, resources=place).execute()
    return {name: seen(cell) for name, cell in zip(CELLS, notebook.cells, strict=True)}


def run_all(launcher: Any) -> dict[str, list[Any]]:
    shown = {}
    with KernelSession(launcher, LIMITS) as session:
        for name, cell in zip(CELLS, cells(), strict=True):
            session.run_cell(cell, 20)
            shown[name] = seen(cell)
    return shown


@pytest.fixture(scope="module")
def warm() -> Iterator[dict[str, list[Any]]]:
    reason = why_not_warm(POLICY)
    if reason:
        pytest.skip(f"kernels start afresh here: {reason}")
    servers = WarmServers(POLICY, torch=False)
    yield run_all(WarmLauncher(POLICY, servers))
    servers.close()


@pytest.fixture(scope="module")
def fresh() -> dict[str, list[Any]]:
    return run_all(ConfinedLauncher(POLICY))


def seen(cell: NotebookNode) -> list[Any]:
    """What a person sees of a cell's outputs: not where objects lie, nor which kernel it was."""
    shown: list[Any] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if shown and shown[-1][0] == output.name:
                shown[-1] = (output.name, shown[-1][1] + output.text)
            else:
                shown.append((output.name, output.text))
        elif output.output_type == "error":
            shown.append((output.ename, output.evalue, len(output.traceback)))
        else:
            texts = {kind: re.sub(r"0x[0-9a-f]+", "0x", value) for kind, value in output.data.items()}
            shown.append(texts | ({"image/png": "a picture"} if "image/png" in texts else {}))
    return shown


@pytest.mark.parametrize("name", CELLS)
def test_a_warm_kernel(jupyter: dict[str, list[Any]], warm: dict[str, list[Any]], name: str) -> None:
    assert warm[name] == jupyter[name]


@pytest.mark.parametrize("name", CELLS)
def test_a_fresh_kernel(jupyter: dict[str, list[Any]], fresh: dict[str, list[Any]], name: str) -> None:
    assert fresh[name] == jupyter[name]
