"""The value of a piece of LaTeX on a small page, as a NumPy array to hold against NumPy's own."""

import random
from types import SimpleNamespace

import numpy as np

from workings import tree as t
from workings.evaluate import FLOAT, evaluate
from workings.index import Indexer
from workings.lexer import lex
from workings.page import parse as parse_page
from workings.pair import Setting, pair
from workings.parser import parse
from workings.reading import read_page
from workings.sample import Experiment, drawn

SIZES = {"K": 3, "N": 2, "M": 4}
SYMBOLS = r"""---
symbols:
  o: {shape: [K], domain: real}
  'y': {shape: [K], domain: onehot}
  q: {shape: [K], domain: simplex}
  O: {shape: [N, K], domain: real}
  Y: {shape: [N, K], domain: onehot}
  W: {shape: [M, K], domain: real}
  x: {shape: [M], domain: real}
  v: {shape: [K], domain: positive}
  A: {shape: [K, K], domain: real}
  s: {shape: [], domain: positive}
  a: {shape: [], domain: unit}
  c: {shape: [], domain: label}
  r: {shape: [N], domain: label}
  '\hat{y}': {shape: [K], domain: positive}
  '\mathbf{u}': {shape: [K], domain: real}
  w: {shape: [M, K], domain: real}
  \theta: {shape: [], domain: real}
  loss: {shape: [], domain: positive}
  u_o: {shape: [K], domain: real}
---
$$ p_j = \frac{e^{o_j}}{\sum_k e^{o_k}} $$
$$ L = -\sum_j y_j \log p_j $$
$$ \sigma(z) = \frac{1}{1 + e^{-z}} $$
$$ f(z) = z^3 + 2 z $$
$$ h = s^2 + \sin s $$
"""


def reading():
    """A reading of the page at its end."""
    made = read_page(parse_page(SYMBOLS), repairs=False)
    made.run()
    return made


def value(tex):
    """The value of one side, axes in the order of its free letters by name, then its own axes."""
    scope = reading().scope
    setting = Setting(scope, Indexer(scope))
    side = setting.side(parse(lex(tex, scope.names()), scope))
    made = pair(setting, "=", side, side)
    rng = random.Random("values")
    inputs = {head: drawn(scope, head, {**SIZES, scope.axis(scope.label_axis(head)): 3}, rng, 1, {})
              for head in scope.declarations}  # fmt: skip
    sizes = SIZES | {scope.axis(axis): 3 for axis in made.axes if axis not in SIZES}
    world = Experiment(sizes, inputs).world(scope, FLOAT)
    free = sorted((n, x.name) for n, x in setting.indexer.free.items() if isinstance(x, t.Letter))
    cells = [x.name for x in setting.cell(side.value.axes)] if side.value.axes else []
    names = [name for _, name in free if name in made.letters] + cells
    array = np.empty([world.size(name) for name in names])
    for entry in np.ndindex(*array.shape):
        array[entry] = evaluate(made.left, world, dict(zip(names, entry, strict=True)))
    return array, names_of(inputs)


def names_of(inputs):
    """The inputs as arrays, under names fit for Python, with what the page defines of them."""
    plain = {
        "".join(x for x in head if x.isalnum() or x == "_"): entries(v)
        for head, v in inputs.items()
    }
    made = SimpleNamespace(**plain)
    made.p = np.exp(made.o) / np.exp(made.o).sum()
    made.L = -(made.y * np.log(made.p)).sum()
    made.J = np.diag(made.p) - np.outer(made.p, made.p)
    made.I = np.eye(3)
    return made


def entries(array):
    if isinstance(array, list):
        return np.array([entries(part) for part in array])
    return array if isinstance(array, int) else float(array)
