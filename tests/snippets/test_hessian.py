"""The Hessian of the loss and Newton's step against SciPy, SymPy, eigenvalues and differences."""

import numpy as np
import pytest
import scipy.linalg
import scipy.special
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from snippets.hessian import (
    hessian,
    hessian_vector,
    matrix,
    newton,
    newton_step,
    null,
    pairs,
    row,
    second,
    second_derivative,
    steps,
    variance,
)
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import logits, logits_and_label

ONLY_LOGITS = [hessian, null, row]
WITH_DIRECTION = [hessian_vector, variance, pairs]
WITH_LABEL = [second, matrix, steps]


def slopes(o, y):
    """Return the gradient of a plainly written loss in complex or real logits (K,)."""
    e = np.exp(o - o.real.max())
    return e / e.sum() - y


def assert_is_hessian(side, o, y):
    """Compare with two derivatives of the gradient."""
    assert np.shape(side) == (o.size, o.size)
    assert_allclose(side, complex_step(lambda o: slopes(o, y), o), rtol=0, atol=1e-11)
    assert_allclose(side, central_difference(lambda o: slopes(o, y), o), rtol=0, atol=1e-7)


@st.composite
def logits_and_direction(draw, max_k=8):
    """Draw logits and a direction, both (K,)."""
    o = draw(logits(max_k=max_k))
    return o, np.array(draw(st.lists(st.floats(-5, 5), min_size=o.size, max_size=o.size)))


@pytest.mark.parametrize(("chain", "count"), [(second, 4), (matrix, 2)])
@settings(deadline=None, max_examples=40)
@given(sample=logits_and_label(spread=10, max_k=5))
def test_every_side_is_the_hessian(chain, count, sample):
    """Each side is the derivative of the gradient by two oracles."""
    o, y = sample
    sides = list(chain(o, y))
    assert len(sides) == count
    for side in sides:
        assert_is_hessian(side, o, y)


@given(logits_and_label(max_k=8))
def test_the_matrix_to_copy_is_the_hessian(sample):
    """The matrix, which never saw the label, is the derivative of the gradient."""
    o, y = sample
    assert_is_hessian(hessian(o), o, y)


def test_sympy_differentiates_the_loss_twice_to_the_same_matrix():
    """Computer algebra, given only the loss, finds the same matrix exactly."""
    o = sympy.symbols("o1:4", real=True)
    loss = sympy.log(sum(map(sympy.exp, o))) - o[1]
    point = [sympy.Rational(2), sympy.Rational(1), sympy.Rational(1, 10)]
    exact = sympy.hessian(loss, o).subs(dict(zip(o, point, strict=True)))
    assert_allclose(hessian([2.0, 1.0, 0.1]), np.array(exact.evalf(30), float), rtol=1e-12)


def test_the_circle_finds_the_curvature_of_a_known_function():
    """For a quadratic and an exponential the second derivatives are known without a rule."""
    A = np.array([[2.0, -1.0, 0.5], [-1.0, 3.0, 0.0], [0.5, 0.0, 1.0]])
    x = np.array([0.3, -0.7, 0.2])
    found = second_derivative(lambda x: x @ A @ x / 2 + np.exp(x[0] + 2 * x[1]), x)
    bent = np.exp(x[0] + 2 * x[1]) * np.outer([1, 2, 0], [1, 2, 0])
    assert_allclose(found, A + bent, rtol=0, atol=1e-12)


@given(logits_and_direction())
def test_the_product_without_the_matrix_is_the_product(sample):
    """H v by sums is H times v."""
    o, v = sample
    assert_allclose(hessian_vector(o, v), hessian(o) @ v, rtol=0, atol=1e-13)


def test_the_product_works_row_by_row():
    """Rows of a batch get the products they would get alone."""
    rng = np.random.default_rng(0)
    o, v = rng.normal(size=(2, 4, 3))
    alone = [hessian_vector(*pair) for pair in zip(o, v, strict=True)]
    assert_allclose(hessian_vector(o, v), alone, rtol=1e-15)


@given(logits_and_direction())
def test_every_side_of_the_quadratic_form_is_a_variance(sample):
    """Each side is the variance of the direction's entries under p, and the last is the bound."""
    o, v = sample
    p = scipy.special.softmax(o)
    *sides, bound = variance(o, v)
    assert len(sides) == 4
    for side in [*sides, *pairs(o, v)]:
        assert_allclose(side, np.cov(v, aweights=p, ddof=0), rtol=0, atol=1e-12)
        assert_allclose(side, v @ hessian(o) @ v, rtol=0, atol=1e-12)
        assert side >= bound - 1e-12


@given(logits_and_direction())
def test_both_sides_over_pairs_agree(sample):
    """The sum over pairs is the quadratic form."""
    left, right = pairs(*sample)
    assert_allclose(left, right, rtol=0, atol=1e-12)


@given(logits(max_k=8))
def test_every_row_sums_to_zero(o):
    """Each side of the row sum is zero, up to rounding, for every row."""
    sides = list(null(o))
    assert len(sides) == 4
    for side in sides:
        assert np.shape(side) == o.shape
        assert_allclose(side, 0, atol=1e-14)


@given(logits(max_k=8))
def test_the_row_bound_bounds_every_eigenvalue(o):
    """The absolute row sums agree, stay below one half, and no eigenvalue exceeds them."""
    *sides, bound = row(o)
    assert len(sides) == 4
    for side in sides:
        assert_allclose(side, np.abs(complex_step(slopes_at_zero, o)).sum(1), atol=1e-13)
        assert (side <= bound + 1e-15).all()
    eigenvalues = scipy.linalg.eigvalsh(hessian(o))
    assert eigenvalues.min() >= -1e-14
    assert eigenvalues.max() <= sides[0].max() + 1e-14


def slopes_at_zero(o):
    """Return softmax itself, the gradient of a loss whose label is taken away."""
    return slopes(o, 0)


@given(logits(spread=5, max_k=8))
def test_the_shifts_are_the_whole_null_space(o):
    """With logits near one another, exactly one eigenvalue is zero, and it belongs to the ones."""
    values, vectors = scipy.linalg.eigh(hessian(o))
    assert abs(values[0]) < 1e-14
    assert (values[1:] > 1e-8).all()
    assert_allclose(np.abs(vectors[:, 0]), 1 / np.sqrt(o.size), rtol=0, atol=1e-6)


@given(logits_and_label(max_k=8), st.floats(-10, 10))
def test_every_side_of_newtons_equation_is_the_downhill_slope(sample, c):
    """Each side of H s is y - p, whatever number is added to s."""
    o, y = sample
    sides = list(newton(o, y, c))
    assert len(sides) == 4
    for side in sides:
        assert_allclose(side, y - scipy.special.softmax(o), rtol=0, atol=1e-11)


@given(logits_and_label(max_k=8), st.floats(1e-3, 10))
def test_the_damped_step_solves_the_damped_equation(sample, damping):
    """The step by sums is what LAPACK solves for, and it sums to zero."""
    o, y = sample
    step = newton_step(o, y, damping)
    damped = hessian(o) + damping * np.eye(o.size)
    solved = scipy.linalg.solve(damped, y - scipy.special.softmax(o), assume_a="pos")
    assert_allclose(step, solved, rtol=1e-9, atol=1e-11 / damping)
    assert_allclose(step.sum(), 0, atol=1e-12 / damping)


@given(logits_and_label(spread=2, max_k=8))
def test_little_damping_gives_the_shortest_of_the_bare_steps(sample):
    """As the damping goes to zero the step becomes y / p less its mean."""
    o, y = sample
    bare = y / scipy.special.softmax(o)
    assert_allclose(newton_step(o, y, 1e-12), bare - bare.mean(), rtol=1e-6, atol=1e-6)


@given(logits_and_label(spread=3, max_k=8))
def test_the_three_steps_of_the_table(sample):
    """The held step is the shortest one shifted, and the damped one is shorter still."""
    o, y = sample
    downhill, shortest, held, damped = steps(o, y).values()
    assert_allclose(hessian(o) @ shortest, downhill, rtol=0, atol=1e-9)
    assert_allclose(held, shortest - shortest[0], rtol=1e-7, atol=1e-7)
    assert np.linalg.norm(damped) <= np.linalg.norm(shortest) + 1e-9


def test_the_damped_step_works_row_by_row_and_far_out():
    """Rows of a batch get the steps they would get alone, and huge logits give finite ones."""
    o, y = np.array([[2.0, 1.0, 0.1], [1e4, -1e4, 0.0]]), np.array([[0, 1, 0], [0, 0.5, 0.5]])
    batch = newton_step(o, y, 0.1)
    alone = [newton_step(*sample, 0.1) for sample in zip(o, y, strict=True)]
    assert_allclose(batch, alone, rtol=1e-15)
    assert (np.abs(batch) <= 2 / 0.1).all()


@given(logits(k=3, spread=2))
def test_without_the_outer_product_the_matrix_is_another(o):
    """The diagonal alone, a tempting short cut, is not the second derivative."""
    wrong = np.diag(scipy.special.softmax(o))
    assert np.abs(wrong - complex_step(slopes_at_zero, o)).max() > 1e-3


@pytest.mark.parametrize("f", ONLY_LOGITS)
@pytest.mark.parametrize("o", [3.0, [], [[1.0, 2.0]], [np.nan], [np.inf, 0.0]], ids=str)
def test_what_is_not_one_finite_vector_is_refused(f, o):
    """These take one sample, and name `o` and its shape when refusing."""
    with pytest.raises(ValueError, match=r"^o must .*shape \("):
        list(f(o))


@pytest.mark.parametrize("f", WITH_DIRECTION)
@pytest.mark.parametrize(
    ("o", "v", "message"),
    [
        ([1.0, np.nan], [0, 1], r"^o must be finite.*shape \(2,\)"),
        ([1.0, 2.0], [0, 1, 0], r"^v must have the shape \(2,\).*shape \(3,\)"),
        ([1.0, 2.0], [0, np.inf], r"^v must be finite.*shape \(2,\)"),
    ],
)
def test_malformed_directions_are_refused(f, o, v, message):
    """A direction must be finite and fit the logits."""
    with pytest.raises(ValueError, match=message):
        list(f(o, v))


@pytest.mark.parametrize("f", [*WITH_LABEL, newton, newton_step], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("o", "y", "message"),
    [
        ([1.0, np.nan], [0, 1], r"^o must be finite.*shape \(2,\)"),
        ([1.0, 2.0], [0, 1, 0], r"^y must have the shape \(2,\).*shape \(3,\)"),
        ([1.0, 2.0], [0.5, 0.6], r"^y must sum to 1.*shape \(2,\)"),
    ],
)
def test_malformed_samples_are_refused(f, o, y, message):
    """Whatever takes a label refuses a malformed one by name and shape."""
    more = () if f in WITH_LABEL else (0.5,)
    with pytest.raises(ValueError, match=message):
        list(f(o, y, *more))


@pytest.mark.parametrize("damping", [0.0, -1.0, np.nan, np.inf])
def test_damping_must_be_positive(damping):
    """Without damping the equation has no single solution, so none is returned."""
    with pytest.raises(ValueError, match=r"^damping must be a finite number above 0"):
        newton_step([1.0, 2.0], [0, 1], damping)


def test_a_bare_step_refuses_a_vanishing_p():
    """Where y / p can't be computed the chain says so instead of yielding NaN."""
    with pytest.raises(ValueError, match=r"^o must lie closer.*spread of 800"):
        list(newton([0.0, 800.0], [1.0, 0.0], 0.0))
