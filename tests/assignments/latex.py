r"""Read the formulas of a derivation as they stand in the text: LaTeX in, a tree out, which `formula_values` computes.

What is understood is what such a derivation needs:

    equality   symbol = sum, or symbol := sum
    sum        terms joined by + and -
    term       factors joined by \odot (elementwise product); factors side by side are a matrix product and bind
               tighter; \sum_{t=1}^{T} and \sum_{n=1}^{N} reach to the end of their term
    factor     an atom with scripts: ^\top, a power (^2 and ^{\odot 2} are both elementwise), and on a group in
               parentheses _{n}, its row n
    atom       a number, a symbol, ( ... ), { ... }, \tanh( ... ), \sigma( ... ), \frac{1}{2},
               [ A \; B ] or a bmatrix: blocks side by side, apart by \; , \quad , & , a comma or |
    symbol     a letter, \delta, \tilde{c}, \mathbf{1}, \frac{\partial L}{\partial symbol}; a subscript is its step
               (t, t-1, t+1, 0, T, also `t,n`: row n of step t), on W its label; a superscript letter is a label
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Read = TypeVar("Read")

SKIPPED = {r"\left", r"\right", r"\,", r"\!", r"\:", r"\ ", r"\displaystyle", r"\\"} | {
    rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")
}
SEPARATORS = {r"\;", r"\quad", r"\qquad", "&", ",", r"\mid", "|"}
FUNCTIONS = {r"\tanh", r"\sigma"}
PATTERN = re.compile(r"\s*(\\mathbf\{1\}|\\begin\{\w+\}|\\end\{\w+\}|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|.)", re.DOTALL)


class FormulaError(ValueError):
    """The formula is outside the grammar, or names something that has no value; the message says where and what."""


@dataclass(frozen=True)
class Token:
    text: str
    position: int


@dataclass(frozen=True)
class Index:
    """A step or row: a variable (None for a plain number) and what is added to it, such as t + 1."""

    variable: str | None
    offset: int


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Symbol:
    r"""A name such as `h`, `W_x`, `a^f`, `c~` (for \tilde{c}) or `d h` (the loss's gradient by h), and its step."""

    name: str
    step: Index | None


@dataclass(frozen=True)
class Unary:
    """`-`, `transpose`, `\tanh` or `\\sigma` of one node."""

    operation: str
    body: Node


@dataclass(frozen=True)
class Binary:
    """`+`, `odot` or `matmul` of two nodes."""

    operation: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Power:
    body: Node
    exponent: int


@dataclass(frozen=True)
class Row:
    body: Node
    index: Index


@dataclass(frozen=True)
class Beside:
    blocks: tuple[Node, ...]


@dataclass(frozen=True)
class Sum:
    variable: str
    first: Index
    last: Index
    body: Node


Node = Number | Symbol | Unary | Binary | Power | Row | Beside | Sum


class Parser:
    """A recursive-descent parser: one method for each rule of the grammar above."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        body = re.sub(r"\\(begin|end)\{aligned\}|\\(?:label|tag)\{[^}]*\}", lambda m: " " * len(m[0]), formula)
        tokens = [Token(m[1], m.start(1)) for m in PATTERN.finditer(body.rstrip()) if m[1].strip()]
        self.tokens = [token for token in tokens if token.text not in SKIPPED]
        while self.tokens and self.tokens[-1].text in {".", ",", ";"} | SEPARATORS:
            self.tokens.pop()
        self.next = 0
        self.in_brackets = [False]

    def error(self, expected: str) -> FormulaError:
        if self.next >= len(self.tokens):
            return FormulaError(f"expected {expected}, but the formula ends: {self.formula.strip()}")
        token = self.tokens[self.next]
        return FormulaError(
            f"expected {expected}, got the token {token.text!r} at character {token.position}: {self.formula.strip()}"
        )

    def peek(self) -> str:
        """Return the next token's text, past the white space that separates nothing here."""
        while self.next < len(self.tokens) and self.tokens[self.next].text in SEPARATORS - {",", "|"}:
            if self.in_brackets[-1]:
                break
            self.next += 1
        return self.tokens[self.next].text if self.next < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        text = self.peek()
        if not text or (wanted and text not in wanted):
            raise self.error(" or ".join(repr(w) for w in wanted) or "more")
        self.next += 1
        return text

    def accept(self, text: str) -> bool:
        if self.peek() == text:
            self.next += 1
            return True
        return False

    def equality(self) -> tuple[Symbol, Node]:
        left = self.factor()
        if not isinstance(left, Symbol):
            raise FormulaError(f"the left side is not one symbol: {self.formula.strip()}")
        self.accept(":")
        self.take("=")
        right = self.sum()
        if self.peek():
            raise self.error("the end of the formula")
        return left, right

    def sum(self) -> Node:
        negative = self.accept("-")
        node = self.term()
        node = Unary("-", node) if negative else node
        while self.peek() in ("+", "-"):
            sign = self.take()
            term = self.term()
            node = Binary("+", node, Unary("-", term) if sign == "-" else term)
        return node

    def term(self) -> Node:
        node = self.product()
        while self.accept(r"\odot"):
            node = Binary("odot", node, self.product())
        return node

    def product(self) -> Node:
        node = self.factor()
        while self.peek() not in {"", "+", "-", "=", ")", "]", "}", r"\odot", r"\}"} | SEPARATORS:
            if self.peek().startswith(r"\end{"):
                break
            self.accept(r"\cdot")
            node = Binary("matmul", node, self.factor())
        return node

    def factor(self) -> Node:
        text = self.peek()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            self.take()
            return self.scripts(Number(float(text)))
        if text == r"\sum":
            return self.big_sum()
        if text in FUNCTIONS:
            return self.function()
        if text in (r"\frac", r"\dfrac", r"\tfrac"):
            return self.fraction()
        if text == "(":
            return self.scripts(self.enclosed("(", ")"))
        if text == "{":
            return self.scripts(self.enclosed("{", "}"))
        if text == "[":
            return self.scripts(self.blocks("[", "]"))
        if re.fullmatch(r"\\begin\{[bp]?matrix\}", text):
            return self.scripts(self.blocks(text, text.replace("begin", "end")))
        return self.symbol()

    def enclosed(self, opening: str, closing: str) -> Node:
        self.take(opening)
        self.in_brackets.append(False)
        node = self.sum()
        self.take(closing)
        self.in_brackets.pop()
        return node

    def blocks(self, opening: str, closing: str) -> Node:
        self.take(opening)
        self.in_brackets.append(True)
        blocks = [self.sum()]
        while self.peek() in SEPARATORS:
            while self.peek() in SEPARATORS:
                self.take()
            blocks.append(self.sum())
        self.take(closing)
        self.in_brackets.pop()
        return Beside(tuple(blocks)) if len(blocks) > 1 else blocks[0]

    def function(self) -> Node:
        name = self.take()
        exponent = self.script(self.exponent) if self.accept("^") else 1
        argument = self.enclosed("(", ")") if self.peek() == "(" else self.symbol()
        node: Node = Unary(name, argument)
        return self.scripts(Power(node, exponent) if exponent != 1 else node)

    def script(self, read: Callable[[bool], Read]) -> Read:
        """Read a subscript or superscript; `read` is told whether it has braces; without, it is one token."""
        braced = self.accept("{")
        result = read(braced)
        if braced:
            self.take("}")
        return result

    def exponent(self, braced: bool) -> int:
        self.accept(r"\odot")
        if not re.fullmatch(r"\d+" if braced else r"\d", self.peek()):
            raise self.error("a whole number as exponent")
        return int(self.take())

    def index(self, braced: bool) -> Index:
        text = self.peek()
        if re.fullmatch(r"\d+" if braced else r"\d", text):
            return Index(None, int(self.take()))
        if not re.fullmatch("[A-Za-z]", text):
            raise self.error("a step or a row")
        self.take()
        if not braced or self.peek() not in ("+", "-"):
            return Index(text, 0)
        sign = 1 if self.take() == "+" else -1
        offset = self.index(braced)
        if offset.variable is not None:
            raise FormulaError(f"a step is a variable and a number, such as t+1: {self.formula.strip()}")
        return Index(text, sign * offset.offset)

    def row(self, braced: bool) -> Index:
        index = self.index(braced)
        if braced and self.accept(","):
            self.take(":")
        return index

    def scripts(self, node: Node) -> Node:
        """Read what follows a group: transposes, powers and the number of a row."""

        def above(braced: bool) -> Node:
            return Unary("transpose", node) if self.accept(r"\top") else Power(node, self.exponent(braced))

        while self.peek() in ("^", "_"):
            node = Row(node, self.script(self.row)) if self.take() == "_" else self.script(above)
        return node

    def big_sum(self) -> Node:
        self.take(r"\sum")
        variable, first, last = "", Index(None, 1), None

        def below(braced: bool) -> None:
            nonlocal variable, first
            variable = self.take()
            if braced and self.accept("="):
                first = self.index(braced)

        while self.peek() in ("_", "^"):
            if self.take() == "_":
                self.script(below)
            else:
                last = self.script(self.index)
        if not variable:
            raise self.error("the variable of a sum")
        if last is None:
            if variable not in ("t", "n"):
                raise self.error(f"the last value of {variable!r} in a sum")
            last = Index(variable.upper(), 0)
        return Sum(variable, first, last, self.term())

    def fraction(self) -> Node:
        self.take(r"\frac", r"\dfrac", r"\tfrac")
        self.take("{")
        if self.accept(r"\partial"):
            self.take("L", r"\ell")
            self.take("}")
            self.take("{")
            self.take(r"\partial")
            below = self.symbol()
            self.take("}")
            if not isinstance(below, Symbol):
                raise FormulaError(f"a derivative by something that is not one symbol: {self.formula.strip()}")
            return self.scripts(Symbol(f"d {below.name}", below.step))
        self.next -= 1
        above, below = self.enclosed("{", "}"), self.enclosed("{", "}")
        if not (isinstance(above, Number) and isinstance(below, Number)):
            raise FormulaError(f"a fraction that is neither a derivative nor a number: {self.formula.strip()}")
        return self.scripts(Number(above.value / below.value))

    def name(self) -> str:
        """Read a letter, which may have an accent, with or without braces."""
        text = self.peek()
        if self.accept("{"):
            name = self.name()
            self.take("}")
            return name
        if self.accept(r"\tilde"):
            return self.name() + "~"
        if self.accept(r"\mathbf{1}"):
            return "ones"
        if re.fullmatch("[A-Za-z]", text) or text == r"\delta":
            return self.take().lstrip("\\")
        raise self.error("a symbol")

    def symbol(self) -> Node:
        """Read a symbol with its step and labels, and what is done to it in its scripts."""
        base = self.name()
        label, step, row = "", None, None
        marks: list[str] = []
        operations: list[str | int] = []
        while self.peek() in ("_", "^"):
            if self.take() == "^":
                self.script(lambda braced: self.superscript(braced, marks, operations))
                continue
            if operations or label or step:
                raise self.error("no second subscript")
            if base in ("W", "ones"):
                label = "_" + self.name()
            else:
                step, row = self.script(self.subscript)
        if base == "ones":
            label = ""
        node: Node = Symbol(base + label + "".join(f"^{mark}" for mark in marks), step)
        node = Row(node, row) if row else node
        for operation in operations:
            node = Unary("transpose", node) if operation == "transpose" else Power(node, int(operation))
        return node

    def subscript(self, braced: bool) -> tuple[Index, Index | None]:
        return self.index(braced), self.index(braced) if braced and self.accept(",") else None

    def superscript(self, braced: bool, marks: list[str], operations: list[str | int]) -> None:
        while True:
            text = self.peek()
            if self.accept(r"\top"):
                operations.append("transpose")
            elif text == r"\odot" or text.isdigit():
                operations.append(self.exponent(braced))
            elif operations:
                raise self.error("the end of the superscript")
            else:
                marks.append(self.name())
            if braced:
                self.accept(",")
            if not braced or self.peek() == "}":
                return


def parse(formula: str) -> tuple[Symbol, Node]:
    """Return the left side and the right side of a formula; `FormulaError` where it is not understood."""
    return Parser(formula).equality()


def blocks(markdown: str) -> list[str]:
    """Return what stands between each pair of double dollar signs, in order."""
    parts = markdown.split("$$")
    if len(parts) % 2 == 0:
        raise FormulaError("a $$ without its partner")
    return parts[1::2]
