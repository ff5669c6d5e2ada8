"""The notation, row by row: what each piece of it is worth, held against NumPy; what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.values import value
from workings.evaluate import NoValue
from workings.token import Unreadable


def log(x):
    return np.log(x)


def sigma(x):
    return 1 / (1 + np.exp(-x))


def column(x):
    return x[:, None]


VALUES = [
    # numbers, fractions, powers and roots
    ("2", lambda v: 2),
    ("0.25 s", lambda v: v.s / 4),
    (".5 s", lambda v: v.s / 2),
    (r"\frac{1}{2} s", lambda v: v.s / 2),
    (r"\frac12 s", lambda v: v.s / 2),
    (r"\dfrac{s}{a} + \tfrac{a}{s}", lambda v: v.s / v.a + v.a / v.s),
    ("s/a", lambda v: v.s / v.a),
    (r"s \div a", lambda v: v.s / v.a),
    ("-s^2", lambda v: -(v.s**2)),
    ("(-s)^2", lambda v: v.s**2),
    ("s^{-2} a", lambda v: v.a / v.s**2),
    ("s^{a + 1}", lambda v: v.s ** (v.a + 1)),
    ("2^3", lambda v: 8),
    ("+s - -a", lambda v: v.s + v.a),
    (r"\sqrt{s + a}", lambda v: np.sqrt(v.s + v.a)),
    (r"\sqrt[3]{s}", lambda v: v.s ** (1 / 3)),
    (r"\sqrt s", lambda v: np.sqrt(v.s)),
    (r"\pi s", lambda v: np.pi * v.s),
    ("s − a", lambda v: v.s - v.a),  # the minus sign of Unicode
    ("s – a", lambda v: v.s - v.a),  # an en dash, as the web likes to write it
    # products
    ("s a", lambda v: v.s * v.a),
    (r"s \cdot a \times s * a", lambda v: (v.s * v.a) ** 2),
    ("s(1 - a)", lambda v: v.s * (1 - v.a)),
    ("o_i(1 - o_i)", lambda v: v.o * (1 - v.o)),
    ("a s^2 a", lambda v: v.a**2 * v.s**2),
    (r"o \odot v", lambda v: v.o * v.v),
    (r"o \circ v", lambda v: v.o * v.v),
    (r"O \odot Y", lambda v: v.O * v.Y),
    # sums
    (r"\sum_k o_k", lambda v: v.o.sum()),
    (r"\sum_{k} o_k v_k", lambda v: v.o @ v.v),
    (r"\sum_{k=1}^K o_k", lambda v: v.o.sum()),
    (r"\sum_{k=1}^{K} o_k + s", lambda v: v.o.sum() + v.s),
    (r"\sum_k^K o_k", lambda v: v.o.sum()),
    (r"\sum\limits_{k=1}^{K} o_k", lambda v: v.o.sum()),
    (r"\sum_{k=2}^{K} o_k", lambda v: v.o[1:].sum()),
    (r"\sum_{k=1}^{2} o_k", lambda v: v.o[:2].sum()),
    (r"\sum_{k \neq i} o_k", lambda v: v.o.sum() - v.o),
    (r"\sum_{k = i} o_k", lambda v: v.o),
    (r"\sum_{k \in K} o_k", lambda v: v.o.sum()),
    (r"\sum_n \sum_k O_{nk}", lambda v: v.O.sum()),
    (r"\sum_{n,k} O_{nk}", lambda v: v.O.sum()),
    (r"\sum_k O_{nk}", lambda v: v.O.sum(1)),
    (r"\sum_k k o_k", lambda v: v.o @ [1, 2, 3]),
    (r"\sum_k o_k v_k - s", lambda v: v.o @ v.v - v.s),
    (r"\sum_k -o_k", lambda v: -v.o.sum()),
    (r"-\sum_k y_k \log p_k", lambda v: v.L),
    (r"\frac{1}{N} \sum_n O_{nk}", lambda v: v.O.mean(0)),
    (r"\prod_k v_k", lambda v: v.v.prod()),
    (r"\prod_k p_k^{y_k}", lambda v: (v.p**v.y).prod()),
    (r"\max_k o_k", lambda v: v.o.max()),
    (r"\min_k o_k", lambda v: v.o.min()),
    (r"\max(s, a)", lambda v: max(v.s, v.a)),
    (r"\max_j O_{nj}", lambda v: v.O.max(1)),
    # indices
    ("o_i", lambda v: v.o),
    ("o_2", lambda v: v.o[1]),
    ("o_{i} v_{j}", lambda v: np.outer(v.o, v.v)),
    ("O_{nk}", lambda v: v.O.T),
    ("O_{n,k}", lambda v: v.O.T),
    ("O_{n k}", lambda v: v.O.T),
    ("O_k^{(n)}", lambda v: v.O.T),
    ("O^{(n)}_k", lambda v: v.O.T),
    (r"w_{m \to k}", lambda v: v.w.T),
    (r"w_{m \rightarrow k}", lambda v: v.w.T),
    ("O_{1k}", lambda v: v.O[0]),
    ("o[i]", lambda v: v.o),
    ("o_c", lambda v: v.o[v.c]),
    ("p_{r_n}", lambda v: v.p[v.r]),
    ("O_{n, r_n}", lambda v: v.O[range(2), v.r]),
    # functions, with and without brackets and backslashes
    ("e^{o_i}", lambda v: np.exp(v.o)),
    ("e^s", lambda v: np.exp(v.s)),
    (r"\exp(o_i)", lambda v: np.exp(v.o)),
    (r"\exp\left( s \right)", lambda v: np.exp(v.s)),
    (r"\exp[s]", lambda v: np.exp(v.s)),
    (r"\exp\{s\}", lambda v: np.exp(v.s)),
    ("exp(s)", lambda v: np.exp(v.s)),
    (r"\log s", lambda v: log(v.s)),
    (r"\ln s", lambda v: log(v.s)),
    ("log(s)", lambda v: log(v.s)),
    ("log s", lambda v: log(v.s)),
    (r"\log{s}", lambda v: log(v.s)),
    (r"y_i \log p_i", lambda v: v.y * log(v.p)),
    (r"\log \frac{s}{a}", lambda v: log(v.s / v.a)),
    (r"\log_2 s", lambda v: np.log2(v.s)),
    (r"\log \sum_k e^{o_k}", lambda v: log(np.exp(v.o).sum())),
    (r"\tanh s", lambda v: np.tanh(v.s)),
    (r"\tanh^2(s)", lambda v: np.tanh(v.s) ** 2),
    (r"\sin s + \cos(s)", lambda v: np.sin(v.s) + np.cos(v.s)),
    (r"\sigma(s)", lambda v: sigma(v.s)),
    (r"\sigma(o_i)", lambda v: sigma(v.o)),
    (r"\sigma(-s) + \sigma(s)", lambda v: 1),
    (r"\operatorname{softmax}(o)_i", lambda v: v.p),
    (r"\mathrm{softmax}(O)", lambda v: np.exp(v.O) / np.exp(v.O).sum(1, keepdims=True)),
    (r"|o_i|", lambda v: abs(v.o)),
    (r"\left| s - 3 \right|", lambda v: abs(v.s - 3)),
    ("f(s)", lambda v: v.s**3 + 2 * v.s),
    ("f(f(s))", lambda v: (v.s**3 + 2 * v.s) ** 3 + 2 * (v.s**3 + 2 * v.s)),
    # names
    (r"\hat{y}_i", lambda v: v.haty),
    (r"\hat y_i", lambda v: v.haty),
    (r"\mathbf{u}_i", lambda v: v.mathbfu),
    (r"\boldsymbol{u}_i", lambda v: v.mathbfu),
    (r"\mathbf{o}_i", lambda v: v.o),
    (r"\theta s", lambda v: v.theta * v.s),
    ("loss", lambda v: v.loss),
    (r"\text{loss} + \mathrm{loss}", lambda v: 2 * v.loss),
    # brackets of every kind
    ("[s + a] a", lambda v: (v.s + v.a) * v.a),
    (r"\{s + a\} a", lambda v: (v.s + v.a) * v.a),
    (r"\left[ s + \left( a - 1 \right) \right] a", lambda v: (v.s + v.a - 1) * v.a),
    (r"\bigl( s + a \bigr) \Big( s - a \Big)", lambda v: v.s**2 - v.a**2),
    (r"\Bigg\{ s + a \Bigg\} a", lambda v: (v.s + v.a) * v.a),
    # one where something is so, and cases
    (r"\delta_{ij}", lambda v: v.I),
    (r"\delta_{ic}", lambda v: v.I[v.c]),
    (r"\mathbb{1}\{i = j\}", lambda v: v.I),
    (r"\mathbb{1}_{i = j}", lambda v: v.I),
    (r"\mathbf{1}[i \neq j]", lambda v: 1 - v.I),
    ("1_{i = c}", lambda v: v.I[v.c]),
    ("[i = j]", lambda v: v.I),
    (
        r"\begin{cases} o_i & \text{if } i = j \\ 0 & \text{if } i \neq j \end{cases}",
        lambda v: np.diag(v.o),
    ),
    (r"\begin{cases} o_i & i = j \\ v_j & \text{otherwise} \end{cases}",
     lambda v: np.where(v.I, np.diag(v.o), v.v)),
    # derivatives
    (r"\frac{\partial p_j}{\partial o_i}", lambda v: v.J),
    (r"\frac{\partial}{\partial o_i} p_j", lambda v: v.J),
    (r"\frac{\partial}{\partial o_i} \left( \frac{e^{o_j}}{\sum_k e^{o_k}} \right)", lambda v: v.J),
    (r"\partial L / \partial o_i", lambda v: v.p - v.y),
    (r"\frac{\partial L}{\partial p_i}", lambda v: -v.y / v.p),
    (r"\frac{\partial^2 L}{\partial o_i \partial o_j}", lambda v: v.J),
    (r"\frac{\partial^2 h}{\partial s^2}", lambda v: 2 - np.sin(v.s)),
    (r"\frac{d h}{d s}", lambda v: 2 * v.s + np.cos(v.s)),
    (r"\frac{d}{ds} \log s", lambda v: 1 / v.s),
    (r"\frac{\partial}{\partial s} s^a", lambda v: v.a * v.s ** (v.a - 1)),
    (r"\frac{\partial}{\partial a} s^a", lambda v: v.s**v.a * log(v.s)),
    (r"f'(s)", lambda v: 3 * v.s**2 + 2),
    (r"f''(s)", lambda v: 6 * v.s),
    (r"f^{\prime}(s)", lambda v: 3 * v.s**2 + 2),
    (r"\sigma'(s)", lambda v: sigma(v.s) * (1 - sigma(v.s))),
    (r"\nabla_o L", lambda v: v.p - v.y),
    (r"\nabla L", lambda v: v.p - v.y),
    (r"\nabla_{\mathbf{o}} L", lambda v: v.p - v.y),
    (r"\nabla_o^2 L", lambda v: v.J),
    (r"\frac{\partial L}{\partial \mathbf{o}}", lambda v: v.p - v.y),
    (r"\frac{\partial \mathbf{p}}{\partial \mathbf{o}}", lambda v: v.J),
    # vectors and matrices
    ("W^\\top x", lambda v: v.W.T @ v.x),
    ("W^T x", lambda v: v.W.T @ v.x),
    ("W^{\\mathsf{T}} x", lambda v: v.W.T @ v.x),
    ("x^\\top W", lambda v: v.x @ v.W),
    ("W o", lambda v: v.W @ v.o),
    ("o^\\top v", lambda v: v.o @ v.v),
    (r"o \cdot v", lambda v: v.o @ v.v),
    (r"\langle o, v \rangle", lambda v: v.o @ v.v),
    ("o v^\\top", lambda v: np.outer(v.o, v.v)),
    ("A v + s o", lambda v: v.A @ v.v + v.s * v.o),
    (r"v^\top A v", lambda v: v.v @ v.A @ v.v),
    (r"\operatorname{diag}(p) - p p^\top", lambda v: v.J),
    (r"\operatorname{tr}(A)", lambda v: np.trace(v.A)),
    (r"\operatorname{tr}(A^\top A)", lambda v: (v.A**2).sum()),
    (r"\|o\|", lambda v: np.sqrt(v.o @ v.o)),
    (r"\|o\|^2", lambda v: v.o @ v.o),
    (r"\lVert A \rVert_F", lambda v: np.sqrt((v.A**2).sum())),
    (r"(A + I) o", lambda v: v.A @ v.o + v.o),
    (r"O \mathbf{1}", lambda v: v.O.sum(1)),
    (r"\mathbf{1} - o \odot o", lambda v: 1 - v.o**2),
    (r"(A v)_i", lambda v: v.A @ v.v),
    (r"\exp(o)", lambda v: np.exp(v.o)),
    # presentation
    (r"\textcolor{red}{s} + \color{blue} a", lambda v: v.s + v.a),
    (r"s + \underbrace{s a}_{\text{both}} + \overbrace{a}^2", lambda v: v.s + v.s * v.a + v.a),
    # A brace below shows no bracket, so it makes none.
    (r"\underbrace{s + a}_{\star} a", lambda v: v.s + v.a**2),
    (r"\textcolor{red}{s + a} a", lambda v: v.s + v.a**2),
    (r"\overbrace{s a}^{\star}", lambda v: v.s * v.a),
    (r"\boxed{s \, a} \tag{3} \label{eq:x}", lambda v: v.s * v.a),
    (r"\cancel{s} \; a \quad", lambda v: v.s * v.a),
    (r"{\displaystyle s} \! a", lambda v: v.s * v.a),
    ("s a % a remark", lambda v: v.s * v.a),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "expected"), [pytest.param(*row, id=row[0]) for row in VALUES])
def test_the_value(tex, expected):
    """A piece of notation is worth what NumPy finds it to be."""
    found, names = value(tex)
    assert_allclose(found, expected(names), rtol=1e-12, atol=1e-14)


def test_a_sum_with_two_exclusions():
    """A sum may leave out several entries."""
    found, v = value(r"\sum_{k \neq i, k \neq j} o_k o_i o_j")
    for i, j in np.ndindex(3, 3):
        rest = v.o.sum() - sum(v.o[list({i, j})])
        assert_allclose(found[i, j], rest * v.o[i] * v.o[j], rtol=1e-12)


def test_a_sum_below_an_index():
    """A sum may run over the entries before another one."""
    found, v = value(r"\sum_{j < i} o_j + 0 o_i")
    assert_allclose(found, np.cumsum(v.o) - v.o, rtol=1e-12, atol=1e-14)


def test_entries_of_a_matrix_by_each_other():
    """The derivative of one entry by another is one where both indices agree."""
    found, _ = value(r"\frac{\partial O_{nk}}{\partial O_{mj}}")  # axes j, k, m, n
    assert_allclose(found, np.einsum("jk,mn->jkmn", np.eye(3), np.eye(2)))


REFUSED = [
    ("s +", "nothing follows this +"),
    ("(s", "never closed"),
    ("s)", "closes nothing"),
    ("{s", "never closed"),
    ("s}", "closes nothing"),
    (r"\frac{s}{}", "nothing above or below"),
    (r"\frac{s}", "lacks its argument"),
    ("s_", "lacks|nothing in it|can't read"),
    ("s^", "lacks|nothing in it|can't read"),
    ("1/2s", "below the slash or beside it"),
    (r"\log s a", "inside the log or beside it"),
    (r"o_1 + \dots + o_3", "dots leave the reader to guess"),
    (r"s \pm a", "can't read"),
    (r"s^*", "not declared"),
    (r"\sum o_k", "no index"),
    (r"\sum_{k=1}^{K}", "nothing to run over"),
    (r"\sum_k s", "no axis"),
    (r"\sum_{k \in C} o_k", "no axis of this page"),
    (r"\begin{tikzpicture} s \end{tikzpicture}", "environment tikzpicture"),
    (r"\begin{vmatrix} s \end{vmatrix}", "determinants"),
    (r"\begin{cases} s & i = j", "never ended"),
    ("b", "b is not declared"),
    ("g(s)", "g is neither declared nor defined"),
    ("t_i", "t is not declared"),
    ("o_{ij}", "2 indices on a vector"),
    ("O_{kk}", "one letter, two axes"),
    ("o_n O_{nk}", "one letter, two axes"),
    ("W x", "inner axes K and M differ; is a transpose missing"),
    ("o v", "one needs a transpose"),
    ("o + x", "shapes differ"),
    ("A^2", "power of a matrix"),
    (r"\operatorname{tr}(W)", "tr of a matrix [M, K]"),
    (r"\operatorname{softmax}(s)", "needs a vector"),
    (r"\nabla (O o)", "by what"),
    (r"\frac{\partial L}{\partial 2}", "taken by a symbol"),
    (r"\frac{\partial^2 L}{\partial o_i}", "order 2 above, 1 below"),
    (r"\frac{\partial^9 s}{\partial s^9}", "order four"),
    (r"\partial L", "lone"),
    ("s'", "by what"),
    ("f(s, a)", "1 argument|arguments"),
    (r"\log_7 s", "bases 2 and 10"),
    (r"\hat{st}", "over more than one letter"),
    ("s ? a", "can't read ?"),
    (r"\foo", "can't read"),
    ("", "stops where a value should follow"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "says"), [pytest.param(*row, id=row[0]) for row in REFUSED])
def test_the_refusal(tex, says):
    """What can't be read, or could mean two things, is refused in words and at a place."""
    with pytest.raises(Unreadable) as caught:
        value(tex)
    assert any(part in str(caught.value) for part in says.split("|")), str(caught.value)
    assert 0 <= caught.value.at <= len(tex)


@pytest.mark.parametrize(
    "tex",
    [r"\log(a - 1)", r"\sqrt{a - 1}", r"\frac{s}{s - s}", r"\sum_{k=1}^{4} o_k", "e^{9999 s}"],
)
def test_no_value(tex):
    """A formula without a value at some inputs says so, and never gives a number."""
    with pytest.raises(NoValue):
        value(tex)
