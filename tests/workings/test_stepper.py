"""Steppers beside chains: what is in step, and what each way of falling out of step says."""

import sys
from types import ModuleType

import numpy as np
import pytest

from workings.page import parse
from workings.stepper import compare

FRONT = """---
symbols:
  o: {shape: [K], domain: real, meaning: logits}
  'y': {shape: [K], domain: onehot, meaning: label}
  W: {shape: [K, M], domain: real, meaning: weights}
  '\\hat{x}': {shape: [M], domain: real, meaning: inputs}
  t: {shape: [], domain: label, meaning: class number}
---
"""


@pytest.fixture
def problems(monkeypatch):
    """Return a function that compares a stepper with a chain and gives back the problems."""

    def run(tex, stepper, when="", before=""):
        module = ModuleType("snippets.fake")
        module.stepper = stepper
        monkeypatch.setitem(sys.modules, "snippets.fake", module)
        comment = f'<!-- workings: {when} steps="fake:stepper" -->'
        return compare(parse(f"{FRONT}\n{before}\n{comment}\n$$\n{tex}\n$$\n", "page.md"))

    return run


def scores(o):
    yield o * 2
    yield o + o


def outer(o, y):
    yield np.subtract.outer(y, o)
    yield np.subtract.outer(y, o)


def apart(o):
    square = np.multiply.outer(o, o)
    np.fill_diagonal(square, np.nan)
    yield square
    yield square


def merged(o):
    yield o * o
    yield o**2


def product(W, x_hat):
    yield W @ x_hat
    yield np.sum(W * x_hat, axis=1)


def total(o):
    yield np.sum(o)
    yield np.sum(o[::-1])


def picked(o, t):
    yield o[t]
    yield 1.0 * o[t]


def operator_first(o):
    yield np.eye(o.size)
    yield np.eye(o.size)


IN_STEP = [
    ("2 o_i = o_i + o_i", "", scores),
    # Axes come in the order in which the letters appear, and the first here is j.
    ("y_j - o_i = -o_i + y_j", "", outer),
    ("o_i o_j = o_j o_i", 'when="i \\neq j"', apart),
    ("o_i o_j = o_j^2", 'when="i = j"', merged),
    (r"W \hat{x} = W \hat{x}", "", product),
    (r"\sum_i o_i = \sum_j o_j", "", total),
    ("o_t = 1 o_t", "", picked),
    (r"\frac{\partial}{\partial o_i} o_j = \delta_{ij}", "", operator_first),
]


@pytest.mark.parametrize(("tex", "when", "stepper"), IN_STEP)
def test_in_step(problems, tex, when, stepper):
    """A stepper that computes each side as it is written has no problem."""
    assert problems(tex, stepper, when) == []


def test_a_chain_that_goes_on_begins_with_the_side_above(problems):
    """A display that begins with a relation has the last side above it as its first."""
    assert problems("= o_i + o_i", scores, before="$$ 3 o_i - o_i = 2 o_i $$") == []


def too_few(o):
    yield o * 2


def transposed(o, y):
    yield np.subtract.outer(y, o).T
    yield np.subtract.outer(y, o)


def wrong_second(o):
    yield o * 2
    yield o + o + 1e-6


def flat(o):
    yield np.sum(o)
    yield o + o


def stranger(o, q):
    yield o * 2
    yield o * 2 + 0 * q


def broken(o):
    yield o * 2
    raise ValueError("no such luck")


def tiny(o):
    yield o * 2
    yield o * 2 * (1 + 1e-7)


def not_a_generator(o):
    return [o * 2, o + o]


OUT_OF_STEP = [
    ("2 o_i = o_i + o_i", too_few, 0, "2 sides, but it yields 1 times"),
    ("y_j - o_i = -o_i + y_j", transposed, 1, "where the chain says"),
    ("2 o_i = o_i + o_i", wrong_second, 2, "where the chain says"),
    ("2 o_i = o_i + o_i", tiny, 2, "where the chain says"),
    ("2 o_i = o_i + o_i", flat, 1, "shape (3,) expected, () got"),
    ("2 o_i = o_i + o_i", stranger, 0, "takes q, which is no declared symbol"),
    ("2 o_i = o_i + o_i", broken, 0, "ValueError at K = 3: no such luck"),
    ("2 o_i = o_i + o_i", not_a_generator, 0, "no stepper stepper"),
    ("2 o_i = z_i + o_i", scores, 0, "z is not declared"),
    (r"2 o_i = o_i + o_i \\ y_i = y_i", scores, 0, "this display has 2"),
    (r"2 o_i", scores, 0, "this display has 0"),
    (r"\log(o_i - o_i) = o_i", scores, 1, "has no value"),
]


@pytest.mark.parametrize(("tex", "stepper", "number", "says"), OUT_OF_STEP)
def test_out_of_step(problems, tex, stepper, number, says):
    """A stepper that leaves its chain is named with the yield and what differs."""
    found = problems(tex, stepper)
    assert [problem.number for problem in found] == [number]
    assert says in str(found[0])


def test_a_problem_names_the_row_and_the_yield(problems):
    """A problem points at the row of the side on the page and at the yield in the snippet."""
    tex = "\\begin{aligned}\n2 o_i &= 2 o_i \\\\\n&= o_i + o_i\n\\end{aligned}"

    def slipped(o):
        yield o * 2
        yield o * 2
        yield o * o

    (found,) = problems(tex, slipped)
    line = slipped.__code__.co_firstlineno + 3
    rows = f"{FRONT}\n\n<!-- -->\n$$\n{tex}".split("\n")
    assert rows[found.line - 1] == "&= o_i + o_i"
    assert found.source == f"workings/test_stepper.py:{line}"
    assert str(found).startswith(f"page.md:{found.line}: fake:stepper: yield 3 ({found.source})")


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ("nowhere:stepper", "no snippets/nowhere.py"),
        ("softmax:nothing", "no stepper nothing"),
        ("os", "should read module:function"),
        ("../evil:stepper", "should read module:function"),
    ],
)
def test_a_stepper_that_does_not_exist_is_a_problem(steps, says):
    """A name that leads to no stepper is reported, never passed over."""
    page = parse(f'{FRONT}\n<!-- workings: steps="{steps}" -->\n$$ o_i = o_i $$\n', "page.md")
    (found,) = compare(page)
    assert says in str(found)
