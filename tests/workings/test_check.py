"""Claims in, verdicts out: what holds and what it needs, what fails and where, what is unknown."""

import pytest

from workings.page import parse
from workings.reading import check

FRONT = r"""---
symbols:
  o: {shape: [K], domain: real, meaning: logits}
  'y': {shape: [K], domain: onehot, meaning: label}
  q: {shape: [K], domain: simplex, meaning: soft label}
  v: {shape: [K], domain: positive}
  b: {shape: [K], domain: binary}
  a: {shape: [], domain: unit}
  s: {shape: [], domain: positive}
  z: {shape: [], domain: real}
  A: {shape: [K, K], domain: real}
  W: {shape: [M, K], domain: real}
  x: {shape: [M], domain: real}
  O: {shape: [N, K], domain: real}
  c: {shape: [], domain: label}
---
$$ p_j = \frac{e^{o_j}}{\sum_k e^{o_k}} $$
$$ L = -\sum_j y_j \log p_j $$
"""


def claims(tex, comment=""):
    """The claims of the display added to the page."""
    page = parse(f"{FRONT}\n{comment}\n$$\n{tex}\n$$\n", "page.md")
    return [claim for claim in check(page) if claim.display == 3]


HOLDS = [
    (r"\sum_k p_k = 1", ()),
    (r"\sum_k y_k = 1", ("Σ y = 1",)),
    (r"\sum_k q_k = 1", ("Σ q = 1",)),
    ("y_k^2 = y_k", ("y one-hot",)),
    ("b_k^2 = b_k", ("b ∈ {0, 1}",)),
    (r"\sqrt{v_k^2} = v_k", ("v > 0",)),
    (r"\sqrt{z^2} = |z|", ()),
    (r"a < 1", ("0 < a < 1",)),
    (r"0 < p_i \leq 1", ()),
    (r"z^2 \geq 0", ()),
    (r"\frac{\partial L}{\partial o_i} = p_i - y_i", ("Σ y = 1",)),
    (r"\frac{\partial L}{\partial o_i} = p_i \sum_k y_k - y_i", ()),
    (r"\frac{\partial p_j}{\partial o_i} = p_j (\delta_{ij} - p_i)", ()),
    (r"\frac{\partial p_j}{\partial o_i} = -p_i p_j, \quad i \neq j", ("i ≠ j",)),
    (r"\frac{\partial p_j}{\partial o_i} = p_i (1 - p_i), \quad i = j", ("i = j",)),
    (r"p_i + p_j = p_j + p_i, \quad i \neq j", ()),
    (r"\log \prod_k v_k = \sum_k \log v_k", ()),
    (r"W^\top x = W^\top x", ()),
    (r"x^\top W o = o^\top W^\top x", ()),
    (r"\frac{\partial L}{\partial \mathbf{o}} = \mathbf{p} - \mathbf{y}", ("Σ y = 1",)),
    (r"A A = A A", ()),
    (r"2 + 2 = 4", ()),
    (r"\frac{1}{3} \approx 0.333", ()),
    (r"z \neq z + 1", ()),
    ("e^{10 z} e^{-10 z} = 1", ()),
    # So close that floats can't tell; at high precision they are equal.
    (r"(1 + z)^{12} = \sum_{k=1}^{K} \frac{(1 + z)^{12}}{K}", ()),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "needs"), [pytest.param(*row, id=row[0]) for row in HOLDS])
def test_what_holds(tex, needs):
    """A true claim holds, and says which of its assumptions it can't do without."""
    found = claims(tex)
    assert [claim.verdict for claim in found] == ["holds"] * len(found)
    assert set().union(*(claim.needs for claim in found)) == set(needs)


FAILS = [
    (r"\sum_k q_k = 2", "K"),
    ("o_i = o_j", "K"),
    (r"p_i = p_j", "K"),
    (r"\frac{\partial L}{\partial o_i} = y_i - p_i", "K"),
    (r"\frac{\partial L}{\partial o_i} = p_i", "K"),
    (r"\frac{\partial p_j}{\partial o_i} = p_j (1 - p_i)", "K"),
    (r"\frac{\partial p_j}{\partial o_i} = p_j \delta_{ij} - p_i p_i", "K"),
    (r"\sum_{k \neq i} p_k = 1", "K"),
    ("z < 0", ""),
    (r"z^2 > 0 \cdot z + z^2", ""),
    ("2 + 2 = 5", ""),
    (r"\frac{1}{3} \approx 0.334", ""),
    ("A o = A^\\top o", "K"),
    ("s^a = a^s", ""),
    ("z = z + 10^{-7} z", ""),
    (r"\max_k o_k = o_c", "K"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "axis"), [pytest.param(*row, id=row[0]) for row in FAILS])
def test_what_fails(tex, axis):
    """A false claim fails, with numbers at which its two sides differ."""
    (claim,) = claims(tex)
    assert claim.verdict == "fails"
    assert claim.witness is not None
    assert set(claim.witness.sizes) == ({axis} if axis else set())
    left, right = claim.witness.left, claim.witness.right
    contradicted = {"=": left != right, "<": left >= right, ">": left <= right}
    assert contradicted.get(claim.relation, left != right)


UNKNOWN = [
    ("1 + t = 2 t", "t is not declared"),
    ("o_i = o_{ij}", "2 indices"),
    ("W o = W x", "inner axes"),
    ("o = x", "a vector [K] on the left, a vector [M] on the right"),
    ("A = o", "a matrix [K, K] on the left, a vector [K] on the right"),
    (r"z = \log(a - 1)", "no value"),
    (r"\frac{1}{y_k} = v_k", "no value"),
    (r"p_i \sim o_i", "can't|not one"),
    (r"z \propto s", "can't|not one"),
    (r"z \approx s", "printed number"),
    (r"z = \dots", "dots"),
    ("o_i = i^n", "n"),
    (r"\sum_k 1 = \sum_j 1", "no axis"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "says"), [pytest.param(*row, id=row[0]) for row in UNKNOWN])
def test_what_is_unknown(tex, says):
    """What can't be tried is unknown, and the reason says what stands in the way."""
    found = claims(tex)
    assert [claim.verdict for claim in found] == ["unknown"]
    assert any(part in found[0].reason for part in says.split("|")), found[0].reason


def test_a_missing_transpose_shows_where_sizes_differ():
    """Distinct axes get distinct sizes, so that a matrix turned the wrong way never fits."""
    (claim,) = claims(r"\nabla_x (x^\top W o) = W^\top o")
    assert claim.verdict == "unknown"
    assert "transpose" in claim.reason


def test_the_same_run_gives_the_same_verdicts():
    """Inputs are drawn from a fixed seed: two runs agree to the last digit."""
    tex = r"\frac{\partial L}{\partial o_i} = p_i"
    assert claims(tex) == claims(tex)


def test_size_one_is_tried():
    """A claim that is true of two classes and more, but not of one, fails at one."""
    (claim,) = claims(r"\sum_{k \neq i} \frac{1 + 0 o_k}{K - 1 + 0 o_i} = 1")
    assert claim.verdict in ("fails", "unknown")


def test_what_follows_is_counted():
    """A wrong line says how many of the lines after it follow from it."""
    first, *rest = claims(r"z = 2 z \\ = z + z \\ = 3 z - z")
    assert (first.verdict, first.follows) == ("fails", 2)
    assert [claim.verdict for claim in rest] == ["holds", "holds"]


COMMENTS = [
    ('when="i = j"', r"\frac{\partial p_j}{\partial o_i} = p_i (1 - p_i)", "holds", True),
    ('when="i \\neq j"', r"\frac{\partial p_j}{\partial o_i} = -p_i p_j", "holds", True),
    ('fails="1"', "z = 2 z", "fails", True),
    ('fails="1"', "z = z", "fails", False),
    ('fails="2"', "z = z", "unknown", False),
    ('waive="a rule of thumb"', "z = 2 z", "waived", True),
    ('waive="a rule of thumb"', "z = z", "holds", True),
    ('waive=""', "z = 2 z", "unknown", False),
    ('because="so"', "z = z", "unknown", False),
]


@pytest.mark.parametrize(("comment", "tex", "verdict", "passes"), COMMENTS)
def test_a_comment_on_a_display(comment, tex, verdict, passes):
    """A comment adds conditions, waives with a reason, or says which links are wrong on purpose."""
    (claim,) = claims(tex, f"<!-- workings: {comment} -->")
    assert (claim.verdict, claim.passes) == (verdict, passes)


DEFINITIONS = [
    ("h_j = o_j^2", ["definition"]),
    ("h_j = o_j^2 = o_j o_j", ["definition", "holds"]),
    ("h_j = o_j^2 = o_j", ["definition", "fails"]),
    ("g(t) = t^2 \\\\ g(3) = 9", ["definition", "holds"]),
    ("g(t) = t^2 \\\\ g(3) = 6", ["definition", "fails"]),
    ("h = o^\\top v \\\\ h = \\sum_k o_k v_k", ["definition", "holds"]),
    ("h := z^2 \\\\ h = z z", ["definition", "holds"]),
    ("p_j = o_j", ["fails"]),
    ("h_j = o_i", ["unknown"]),
    ("h_j = h_j + 1", ["unknown"]),
]


@pytest.mark.parametrize(("tex", "verdicts"), DEFINITIONS)
def test_a_definition(tex, verdicts):
    """The first equation of a new head defines it; every later one must be true."""
    assert [claim.verdict for claim in claims(tex)] == verdicts
