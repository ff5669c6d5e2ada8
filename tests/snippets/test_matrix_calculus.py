"""Differentials and layouts: every side of every chain against differences along the change."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.special
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from snippets import matrix_calculus as calculus
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import batches, logits, logits_and_label, soft_labels

LAYOUTS = {calculus.numerator: 2, calculus.denominator_layout: 3}
CHAIN_RULES = [calculus.numerator_chain, calculus.denominator_chain, calculus.mixed_chain]


def along(f, *changes):
    """Return the central difference of a function along the changes of its inputs."""
    return central_difference(lambda t: f(*(x + t * dx for x, dx in changes)), 0.0)


def plain_loss(o, y):
    """The loss of one sample or many, from SciPy's log-sum-exp alone."""
    return np.mean(scipy.special.logsumexp(o, axis=-1) - np.sum(o * y, axis=-1))


def changes_of(x, seed):
    """A change of the same shape, with no entry larger than one."""
    return np.random.default_rng(seed).uniform(-1, 1, size=np.shape(x))


def assert_alike(sides, count, atol=1e-12):
    """Hold each side against the one before it, and return the last."""
    sides = list(sides)
    assert len(sides) == count
    for before, after in pairwise(sides):
        assert np.shape(after) == np.shape(before)
        assert_allclose(after, before, rtol=1e-9, atol=atol)
    return sides[-1]


@st.composite
def layers(draw):
    """Draw a layer, a label and a change of everything: J = 1, K = 1 and ties among them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    J, K = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    scale = draw(st.sampled_from([0.0, 1.0, 3.0]))
    shapes = {"h": (J,), "W": (J, K), "b": (K,)}
    layer = {name: scale * rng.normal(size=shape) for name, shape in shapes.items()}
    changes = {f"d{name}": rng.uniform(-1, 1, size=shape) for name, shape in shapes.items()}
    return layer | {"y": draw(soft_labels(K))}, changes


@settings(deadline=None)
@given(logits(max_k=8, offsets=False), st.integers(0, 2**32 - 1))
def test_the_denominator_changes_by_the_sum_of_its_terms_changes(o, seed):
    """Every side is the central difference of the sum of exponentials along the change."""
    do = changes_of(o, seed)
    last = assert_alike(calculus.denominator(o, do), 3)
    scale = np.exp(o).sum()
    expected = along(lambda o: np.exp(o).sum() / scale, (o, do))
    assert_allclose(last / scale, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("stepper", "count", "f"),
    [
        (calculus.jacobian, 5, scipy.special.softmax),
        (calculus.logarithm, 4, scipy.special.log_softmax),
    ],
)
@settings(deadline=None)
@given(o=logits(max_k=8), seed=st.integers(0, 2**32 - 1))
def test_softmax_and_its_logarithm_change_as_two_oracles_say(stepper, count, f, o, seed):
    """Every side is SciPy's function differenced along the change, and its Jacobian times it."""
    do = changes_of(o, seed)
    last = assert_alike(stepper(o, do), count)
    assert last.shape == o.shape
    assert_allclose(last, along(f, (o - o.max(), do)), rtol=1e-6, atol=1e-7)
    assert_allclose(last, central_difference(f, o - o.max()) @ do, rtol=1e-6, atol=1e-7)


@settings(deadline=None)
@given(sample=logits_and_label(max_k=8), seed=st.integers(0, 2**32 - 1))
def test_the_loss_changes_by_its_gradient_times_the_change(sample, seed):
    """Every side is the loss differenced along the change, and the gradient fits it."""
    o, y = sample
    o = o - o.max()
    do = changes_of(o, seed)
    last = assert_alike(calculus.loss(o, y, do), 5)
    assert np.shape(last) == ()
    assert_allclose(last, along(lambda o: plain_loss(o, y), (o, do)), rtol=1e-6, atol=1e-7)
    gradient = assert_alike(calculus.gradient(o, y), 2)
    assert_allclose(gradient @ do, last, rtol=1e-9, atol=1e-12)
    assert_allclose(gradient, central_difference(lambda o: plain_loss(o, y), o), atol=1e-7)


@settings(deadline=None, max_examples=3)
@given(logits(k=1000), soft_labels(1000), st.integers(0, 2**32 - 1))
def test_a_thousand_classes_agree(o, y, seed):
    """With a thousand classes the sides of every chain of one sample still agree."""
    do = changes_of(o, seed)
    assert_alike(calculus.jacobian(o, do), 5)
    assert_alike(calculus.logarithm(o, do), 4, atol=1e-11)
    assert_alike(calculus.loss(o, y, do), 5, atol=1e-11)


@given(drawn=layers())
@settings(deadline=None, max_examples=60)
def test_a_layers_loss_changes_with_all_three_inputs(drawn):
    """Every side is the loss differenced along changes of input, weights and biases at once."""
    layer, changes = drawn
    last = assert_alike(calculus.layer(**layer, **changes), 4)

    def f(h, W, b):
        return plain_loss(W.T @ h + b, layer["y"])

    expected = along(f, *((layer[name], changes[f"d{name}"]) for name in "hWb"))
    assert_allclose(last, expected, rtol=1e-6, atol=1e-7)


@given(batches(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_a_batchs_loss_changes_with_all_its_logits(batch, seed):
    """Every side is the mean loss differenced along a change of every row."""
    O, Y = batch
    O = O - O.max(axis=1, keepdims=True)
    dO = changes_of(O, seed)
    last = assert_alike(calculus.batch(O, Y, dO), 3)
    assert_allclose(last, along(lambda O: plain_loss(O, Y), (O, dO)), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("stepper", LAYOUTS)
@given(drawn=layers())
@settings(deadline=None, max_examples=40)
def test_each_layout_has_its_shape(stepper, drawn):
    """Outputs go down in numerator layout, and across in denominator layout."""
    layer, _ = drawn
    h, W, b, _ = layer.values()
    last = assert_alike(stepper(**layer), LAYOUTS[stepper])
    jacobian = complex_step(lambda h: W.T @ h + b, h)
    assert jacobian.shape == (b.size, h.size)
    expected = jacobian if stepper is calculus.numerator else jacobian.T
    assert_allclose(last, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("stepper", CHAIN_RULES)
@given(drawn=layers())
@settings(deadline=None, max_examples=40)
def test_every_layouts_chain_rule_gives_the_same_gradient(stepper, drawn):
    """Both sides of each chain rule are the central difference of the loss in the layer's input."""
    layer, _ = drawn
    h, W, b, y = layer.values()
    last = assert_alike(stepper(**layer), 2)
    expected = central_difference(lambda h: plain_loss(W.T @ h + b, y), h)
    assert_allclose(last, expected, rtol=1e-6, atol=1e-7)


def test_the_wrong_layout_goes_unnoticed_by_shapes_alone():
    """With as many inputs as outputs the other layout fits, and gives other numbers."""
    h, b, y = np.ones(3), np.zeros(3), np.array([0.0, 1.0, 0.0])
    W = np.array([[1.0, -0.5, 0.2], [0.3, 0.8, -1.0], [2.0, 0.0, 1.0]])
    slope, gradient = calculus.mixed_chain(h, W, b, y)
    A, _ = calculus.numerator(h, W, b, y)
    error = scipy.special.softmax(W.T @ h + b) - y
    assert_allclose(A.T @ error, slope, rtol=1e-12)
    assert_allclose(gradient, slope, rtol=1e-12)
    assert np.abs(A @ error - slope).max() > 0.1


def test_a_dropped_term_gives_another_differential():
    """Leaving out the denominator's change, a popular slip, changes the numbers."""
    o, do = np.array([2.0, 1.0, 0.1]), np.array([0.3, -0.2, 0.1])
    *_, last = calculus.jacobian(o, do)
    assert np.abs(scipy.special.softmax(o) * do - last).max() > 0.01


def test_sympy_finds_the_same_differential():
    """Computer algebra, given only the definition, finds the change of the loss exactly."""
    t = sympy.symbols("t")
    o, do = [sympy.Integer(2), 1, sympy.Rational(1, 10)], [3, sympy.Integer(-2), 1]
    moved = [a + t * b for a, b in zip(o, do, strict=True)]
    loss = sympy.log(sum(map(sympy.exp, moved))) - moved[1]
    exact = float(sympy.diff(loss, t).subs(t, 0).evalf(30))
    for side in calculus.loss([2.0, 1.0, 0.1], [0, 1, 0], [3, -2, 1]):
        assert_allclose(side, exact, rtol=1e-13)


def test_no_change_of_the_input_is_no_change_at_all():
    """A differential along zero is zero."""
    o, y, zero = [2.0, 1.0, 0.1], [0, 1, 0], np.zeros(3)
    for side in calculus.loss(o, y, zero):
        assert_allclose(side, 0, atol=1e-15)
    for side in calculus.jacobian(o, zero):
        assert_allclose(side, zero, atol=1e-15)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: calculus.jacobian([[1.0]], [1.0]), r"o must be 1-dimensional; got shape \(1, 1\)"),
        (lambda: calculus.logarithm([1.0], [1.0, 2.0]), r"do must have the shape \(1,\).*\(2,\)"),
        (lambda: calculus.denominator([1.0], [np.nan]), r"do must be finite.*\(1,\)"),
        (lambda: calculus.loss([1.0, 2.0], [1, 1], [0, 0]), r"y must sum to 1"),
        (lambda: calculus.gradient([1.0, 2.0], [1]), r"y must have the shape \(2,\)"),
        (lambda: calculus.batch([1.0], [1.0], [1.0]), r"O must be 2-dimensional; got shape \(1,\)"),
        (lambda: calculus.batch([[1.0]], [[2.0]], [[1.0]]), r"Y must sum to 1"),
    ],
)
def test_what_does_not_fit_a_sample_is_named_with_its_shape(run, message):
    """An argument that does not fit raises an error that gives its name and its shape."""
    with pytest.raises(ValueError, match=f"^{message}"):
        next(run())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("h", [[1.0, 2.0]], r"h must be 1-dimensional; got shape \(1, 2\)"),
        ("W", np.ones((3, 2)), r"W must have shape \(2, 3\); got shape \(3, 2\)"),
        ("b", [0.0, np.inf, 0.0], r"b must be finite.*\(3,\)"),
        ("y", [1.0, 0.0], r"y must have the shape \(3,\)"),
        ("dh", [1.0], r"dh must have the shape \(2,\) of what it changes; got \(1,\)"),
        ("dW", np.ones((3, 2)), r"dW must have the shape \(2, 3\) of what it changes"),
        ("db", [1.0], r"db must have the shape \(3,\) of what it changes; got \(1,\)"),
    ],
)
def test_what_does_not_fit_a_layer_is_named_with_its_shape(name, value, message):
    """What does not fit the layer raises an error that gives its name and its shape."""
    layer = {"h": np.ones(2), "W": np.ones((2, 3)), "b": np.zeros(3), "y": [0, 1, 0]}
    changes = {"dh": np.ones(2), "dW": np.ones((2, 3)), "db": np.zeros(3)}
    with pytest.raises(ValueError, match=f"^{message}"):
        next(calculus.layer(**{**layer, **changes, name: value}))
    if name in layer:
        for stepper in [*LAYOUTS, *CHAIN_RULES]:
            with pytest.raises(ValueError, match=f"^{message}"):
                next(stepper(**{**layer, name: value}))
