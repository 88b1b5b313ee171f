"""Time the course's recurrent layers, forward and backward, beside other implementations; and `utils.gradcheck`.

    OMP_NUM_THREADS=2 python benchmarks/layers.py [--rounds 9] [--only homework small gradcheck] [--json FILE]

Side by side, float32: the course's solution; a plain implementation, gate by gate and step by step; `torch.nn.RNN` and
`torch.nn.LSTM` on the CPU; and the floor, the matrix products alone. All are run in turn within one process, again and
again, so that whatever else the machine does falls on all of them; what is printed are medians. Before each turn there
is a pause and one call that isn't counted: the threads of one library look out for more work for a while after a call,
and on a machine of two cores they would take it from the next one.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autograder import bank
from utils.gradcheck import numerical_gradient

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))
SIZES = {"homework": {"T": 16, "N": 200, "D": 256, "H": 512}, "small": {"T": 16, "N": 50, "D": 128, "H": 128}}
CALLS = {"homework": 2, "small": 20}
"""How many calls are timed in a turn."""
GATES = {"rnn": 1, "lstm": 4}
PAUSE = 0.1
"""Seconds in which the threads of the one before fall asleep."""
Run = Callable[[], object]


def inputs(cell: str, T: int, N: int, D: int, H: int) -> dict[str, np.ndarray]:
    """Arguments of a forward function, and dh, in float32."""
    rng = np.random.default_rng(0)
    g = GATES[cell] * H
    shapes = {"x": (T, N, D), "h0": (N, H), "Wx": (D, g), "Wh": (H, g), "b": (g,), "dh": (T, N, H)}
    return {name: (0.1 * rng.normal(size=shape)).astype(np.float32) for name, shape in shapes.items()}


def course(cell: str, v: dict[str, np.ndarray]) -> Run:
    """The course's own solution."""
    solution = bank.namespace("hw2", {"rnn": "3_rnn", "lstm": "4_lstm"}[cell])
    forward, backward = solution[f"{cell}_forward"], solution[f"{cell}_backward"]

    def run() -> object:
        _, cache = forward(v["x"], v["h0"], v["Wx"], v["Wh"], v["b"])
        return backward(v["dh"], cache)

    return run


def plain_rnn(v: dict[str, np.ndarray]) -> Run:
    """One step after another, everything within the step."""

    def run() -> object:
        h, states = v["h0"], []
        for x in v["x"]:
            h = np.tanh(x @ v["Wx"] + h @ v["Wh"] + v["b"])
            states.append(h)
        dWx, dWh, db = (np.zeros_like(v[name]) for name in ("Wx", "Wh", "b"))
        dx, dprev = np.zeros_like(v["x"]), np.zeros_like(v["h0"])
        for t in reversed(range(len(states))):
            da = (v["dh"][t] + dprev) * (1 - states[t] ** 2)
            dx[t], dprev = da @ v["Wx"].T, da @ v["Wh"].T
            dWx += v["x"][t].T @ da
            dWh += (states[t - 1] if t else v["h0"]).T @ da
            db += da.sum(axis=0)
        return dx, dprev, dWx, dWh, db

    return run


def plain_lstm(v: dict[str, np.ndarray]) -> Run:
    """One step after another, and within the step one gate after another."""
    H = v["Wh"].shape[0]
    blocks = [slice(k * H, (k + 1) * H) for k in range(4)]

    def sigmoid(a: np.ndarray) -> np.ndarray:
        result: np.ndarray = 1 / (1 + np.exp(-a))
        return result

    def run() -> object:
        h, c, kept = v["h0"], np.zeros_like(v["h0"]), []
        for x in v["x"]:
            a = [x @ v["Wx"][:, k] + h @ v["Wh"][:, k] + v["b"][k] for k in blocks]
            f, i, g, o = sigmoid(a[0]), sigmoid(a[1]), np.tanh(a[2]), sigmoid(a[3])
            before, c = (h, c), f * c + i * g
            h = o * np.tanh(c)
            kept.append((*before, f, i, g, o, c))
        dWx, dWh, db = (np.zeros_like(v[name]) for name in ("Wx", "Wh", "b"))
        dx, dprev, dc = np.zeros_like(v["x"]), np.zeros_like(v["h0"]), np.zeros_like(v["h0"])
        for t in reversed(range(len(kept))):
            h0, c0, f, i, g, o, c = kept[t]
            dh = v["dh"][t] + dprev
            dc = dc + dh * o * (1 - np.tanh(c) ** 2)
            da = (dc * c0 * f * (1 - f), dc * g * i * (1 - i), dc * i * (1 - g**2), dh * np.tanh(c) * o * (1 - o))
            dprev, dc = np.zeros_like(dprev), dc * f
            for k, gate in zip(blocks, da, strict=True):
                dx[t] += gate @ v["Wx"][:, k].T
                dprev += gate @ v["Wh"][:, k].T
                dWx[:, k] += v["x"][t].T @ gate
                dWh[:, k] += h0.T @ gate
                db[k] += gate.sum(axis=0)
        return dx, dprev, dWx, dWh, db

    return run


def with_torch(cell: str, v: dict[str, np.ndarray]) -> Run:
    """PyTorch's own layer with its autograd; the gradient of the input is asked for, too."""
    (_, N, D), H = v["x"].shape, v["Wh"].shape[0]
    layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[cell](D, H)
    x, h0, dh = (torch.from_numpy(v[name]) for name in ("x", "h0", "dh"))
    x, h0 = x.clone().requires_grad_(), h0[None].clone().requires_grad_()
    state: Any = h0 if cell == "rnn" else (h0, torch.zeros(1, N, H))

    def run() -> object:
        layer.zero_grad()
        x.grad = h0.grad = None
        layer(x, state)[0].backward(dh)
        return x.grad

    return run


def floor(cell: str, v: dict[str, np.ndarray]) -> Run:
    """The matrix products that cannot be avoided, the larger ones for all steps at once, and nothing else."""
    T, N, D = v["x"].shape
    H, g = v["Wh"].shape
    rows, states = v["x"].reshape(T * N, D), np.repeat(v["h0"], T, axis=0)
    da = np.repeat(v["dh"].reshape(T * N, H), g // H, axis=1)
    da_steps, Wh_T = da.reshape(T, N, g), np.ascontiguousarray(v["Wh"].T)

    def run() -> object:
        products: list[np.ndarray] = [rows @ v["Wx"]]
        for t in range(T):
            products[1:] = [v["h0"] @ v["Wh"]]
            products[1:] = [da_steps[t] @ Wh_T]
        return products, da @ v["Wx"].T, rows.T @ da, states.T @ da

    return run


def measured(runs: dict[str, Run], rounds: int, least: bool, calls: int = 1) -> dict[str, float]:
    """Milliseconds of a call of each, run in turn with some calls a turn, the median or the least of all."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            time.sleep(PAUSE)
            run()
            for _ in range(calls):
                began = time.perf_counter()
                run()
                times[name].append(1000 * (time.perf_counter() - began))
    return {name: float(min(values) if least else np.median(values)) for name, values in times.items()}


def recurrent(size: str, rounds: int, least: bool) -> list[dict[str, Any]]:
    """Forward and backward of both cells at one size."""
    rows = []
    for cell in GATES:
        v = inputs(cell, **SIZES[size])
        plain = {"rnn": plain_rnn, "lstm": plain_lstm}[cell](v)
        runs = {"course": course(cell, v), "plain": plain, "torch": with_torch(cell, v), "floor": floor(cell, v)}
        ms = measured(runs, rounds, least, CALLS[size])
        ratios = {f"course / {name}": ms["course"] / ms[name] for name in ("torch", "floor")}
        rows.append({"cell": cell.upper(), **ms, **ratios, "plain / course": ms["plain"] / ms["course"]})
    return rows


def plain_gradient(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, df: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """Central differences in a loop over every element that calls the function twice for each."""
    gradient = np.zeros_like(x)
    elements = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not elements.finished:
        index = elements.multi_index
        old = x[index]
        x[index] = old + h
        above = f(x).copy()
        x[index] = old - h
        below = f(x).copy()
        x[index] = old
        gradient[index] = np.sum((above - below) * df) / (2 * h)
        elements.iternext()
    return gradient


def gradcheck(rounds: int, least: bool) -> list[dict[str, Any]]:
    """`utils.gradcheck` and the plain loop on the weights of a small LSTM, and on a function that costs nothing."""
    solution = bank.namespace("hw2", "4_lstm")
    v = {name: array.astype(np.float64) for name, array in inputs("lstm", T=4, N=3, D=5, H=6).items()}
    cases: dict[str, tuple[Callable[[np.ndarray], np.ndarray], np.ndarray, np.ndarray]] = {
        "lstm_forward, Wx (5, 24)": (
            lambda Wx: solution["lstm_forward"](v["x"], v["h0"], Wx, v["Wh"], v["b"])[0],
            v["Wx"],
            v["dh"],
        ),
        "x * x, x (50, 20)": (lambda x: x * x, np.ones((50, 20)), np.ones((50, 20))),
    }
    rows = []
    for name, (f, x, df) in cases.items():
        runs: dict[str, Run] = {
            "gradcheck": lambda f=f, x=x, df=df: numerical_gradient(f, x, df),  # type: ignore[misc]
            "plain loop": lambda f=f, x=x, df=df: plain_gradient(f, x, df),  # type: ignore[misc]
        }
        rows.append({"function": name, **measured(runs, rounds, least)})
    return rows


def _table(rows: list[dict[str, Any]]) -> str:
    columns = list(rows[0])
    lines = [f"| {' | '.join(columns)} |", f"|---{'|---:' * (len(columns) - 1)}|"]
    for row in rows:
        cells = [f"{value:.2f}" if isinstance(value, float) else str(value) for value in row.values()]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", nargs="+", choices=(*SIZES, "gradcheck"))
    parser.add_argument("--least", action="store_true", help="the least times instead of medians: for a busy machine")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    load, results = os.getloadavg()[0], {}
    for size in SIZES:
        if size in (arguments.only or SIZES):
            results[size] = recurrent(size, arguments.rounds, arguments.least)
            print(f"\n{size}: {SIZES[size]}, forward and backward, float32, ms\n{_table(results[size])}", flush=True)
    if "gradcheck" in (arguments.only or ("gradcheck",)):
        results["gradcheck"] = gradcheck(arguments.rounds, arguments.least)
        print(f"\nnumerical gradients, ms\n{_table(results['gradcheck'])}")
    print(f"\n{THREADS} threads; load {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
