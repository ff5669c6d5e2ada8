"""The stable functions against mpmath, SciPy and derivatives, on inputs chosen to be hard."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import stability as benchmark
from benchmarks import stability_page
from snippets import stability
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import batches, logits, logits_and_label

EQUATIONS = {
    stability.lse: 3,
    stability.gradient: 4,
    stability.hessian: 3,
    stability.ratio: 4,
    stability.sensitivity: 2,
}
LABELLED = {stability.fused: 5, stability.fused_gradient: 3}


@pytest.fixture
def strict():
    """Turn every floating-point condition a caller could notice into an error."""
    with np.errstate(all="raise"):
        yield


def worst(o, y=None):
    """Return the largest errors of our functions on logits, shape (N, K), in units."""
    y = benchmark.one_hot(o.argmin(axis=1), o.shape[1]) if y is None else y
    found = benchmark.errors(o, y)
    return {name: errors["Workings"] for name, errors in found.items()}


RNG = np.random.default_rng(0)
HARD = benchmark.hard_inputs(RNG)


@pytest.mark.parametrize("kind", HARD)
def test_errors_on_hard_inputs_are_at_most_four_units(kind):
    """Every function is within 4 units in the last place of a reference with 60 digits."""
    o = HARD[kind][:40] if HARD[kind].shape[1] < 100 else HARD[kind][1:2]
    errors = worst(o, benchmark.labels(o, RNG))
    assert max(errors.values()) <= 4, errors


@pytest.mark.parametrize("gap", [36.7, 40.0, 700.1])
def test_where_one_class_dominates_others_lose_every_digit(gap):
    """SciPy's log_softmax has no digit right where ours is within 4 units."""
    o = np.array([[gap, 0.0]])
    errors = benchmark.errors(o, np.array([[1.0, 0.0]]))
    for name in ("log_softmax", "loss", "gradient"):
        assert errors[name]["Workings"] <= 4
        assert errors[name]["SciPy"] > 1e14


@st.composite
def hard_rows(draw):
    """Draw one row of logits: small and large gaps, ties, offsets of any sign and size."""
    gap = st.one_of(st.just(0.0), st.floats(0, 4), st.floats(0, 760), st.floats(0, 2e4))
    gaps = draw(st.lists(gap, min_size=0, max_size=6))
    offset = draw(st.one_of(st.just(0.0), st.floats(-1700, 1700), st.floats(-1e6, 1e6)))
    order = draw(st.permutations([0.0, *gaps]))
    return offset - np.array([order])


@given(o=hard_rows())
@settings(deadline=None)
def test_any_row_is_within_four_units(o):
    """No drawn row takes any function further than 4 units from the reference."""
    errors = worst(o)
    assert max(errors.values()) <= 4, errors


@pytest.mark.parametrize("K", [10, 63, 64, 67, 1000])
def test_rows_short_and_long_agree_with_extended_precision(K):
    """Thousands of rows at once stay within 4 units, in both layouts of memory."""
    if np.finfo(np.longdouble).nmant < 63:
        pytest.skip("no extended precision here")
    rng = np.random.default_rng(K)
    o = rng.normal(size=(200_000 // K, K)) * rng.choice([1, 3, 10], size=(200_000 // K, 1))
    x = o.astype(np.longdouble)
    n, at = np.arange(len(o)), o.argmax(axis=1)
    d = x - x[n, at][:, np.newaxis]
    e = np.exp(d)
    e[n, at] = 0
    rest = e.sum(axis=1)
    e[n, at] = 1
    for got, true in [
        (stability.softmax(o), e / (1 + rest)[:, np.newaxis]),
        (stability.log_softmax(o), d - np.log1p(rest)[:, np.newaxis]),
    ]:
        assert (np.abs(got - true) / np.spacing(np.abs(true.astype(float)))).max() <= 4


def test_rows_of_one_block_do_not_disturb_each_other():
    """A row next to hugely different ones gets the numbers that it gets alone."""
    tops = np.array([-1e4, -300.0, 0.0, 650.0, 700.0, 720.0, 790.0, 1500.0, 1e4])
    o = tops[:, np.newaxis] - np.array([0.0, 0.0, 1.5, 700.0, 740.0])
    y = np.eye(5)[np.arange(len(o)) % 5]
    for f in (stability.softmax, stability.log_softmax, stability.logsumexp):
        np.testing.assert_array_equal(f(o), np.array([f(row) for row in o]))
    L, dL = stability.loss_and_gradient(o, y)
    alone = [stability.loss_and_gradient(row, label) for row, label in zip(o, y, strict=True)]
    np.testing.assert_array_equal(L, [each[0] for each in alone])
    np.testing.assert_array_equal(dL, [each[1] for each in alone])
    errors = worst(o, y)
    assert max(errors.values()) <= 4, errors


@given(o=logits(spread=1e4))
@settings(deadline=None)
def test_values_match_scipy_where_scipy_has_digits(o):
    """Softmax and logsumexp equal SciPy's up to the digits that its shift costs."""
    np.testing.assert_allclose(
        stability.softmax(o), scipy.special.softmax(o), rtol=3e-9, atol=1e-300
    )
    np.testing.assert_allclose(
        stability.logsumexp(o), scipy.special.logsumexp(o), rtol=1e-14, atol=1e-13
    )


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    "o",
    [
        [0.0],
        [1e308, -1e308],
        [-1e308, -1e308, -1e308],
        [np.finfo(float).max, np.finfo(float).max],
        [5e-324, -5e-324],
        [709.7, 709.7, 709.7, 709.7],
        [-745.0, -745.2],
        np.full(50257, 709.0),
        np.linspace(-1e4, 1e4, 50257),
    ],
    ids=lambda o: f"{len(o)} from {o[0]:g}",
)
def test_nothing_overflows_and_nothing_is_nan(o):
    """No input, however large, raises a floating-point condition or gives a NaN."""
    o = np.array(o)
    p, log_p = stability.softmax(o), stability.log_softmax(o)
    assert abs(p.sum() - 1) < 1e-12
    assert not np.isnan(log_p).any()
    assert (log_p <= 0).all()
    assert np.isfinite(stability.logsumexp(o))
    L, dL = stability.loss_and_gradient([o], benchmark.one_hot(np.array([o.argmax()]), o.size))
    assert np.isfinite(L).all()
    assert np.isfinite(dL).all()


def test_a_logarithm_below_the_range_of_floats_is_minus_infinity():
    """A log-probability near -2e308 is -inf, and so is no loss that does not ask for it."""
    o = np.array([1e308, -1e308])
    assert stability.log_softmax(o).tolist() == [0.0, -np.inf]
    assert stability.loss_and_gradient(o, [1.0, 0.0])[0] == 0
    assert stability.loss_and_gradient(o, [0.0, 1.0])[0] == np.inf


@given(batch=batches())
@settings(deadline=None)
def test_batches_and_axes(batch):
    """Rows may have any number of axes in front, and plain lists will do."""
    o, y = batch
    deep_o, deep_y = o[np.newaxis, :, np.newaxis], y[np.newaxis, :, np.newaxis]
    for f in (stability.softmax, stability.log_softmax, stability.logsumexp):
        np.testing.assert_array_equal(f(deep_o)[0, :, 0], f(o))
        np.testing.assert_array_equal(f(o.tolist()), f(o))
    L, dL = stability.loss_and_gradient(deep_o, deep_y)
    assert L.shape == deep_o.shape[:-1]
    assert dL.shape == deep_o.shape


@pytest.mark.parametrize("order", ["C", "F"])
def test_inputs_are_left_alone(order):
    """No function writes to its arguments, however they are laid out."""
    o = np.asarray(np.random.default_rng(2).normal(size=(70, 5)), order=order)
    y = np.asarray(np.eye(5)[np.arange(70) % 5], order=order)
    before = o.copy(), y.copy()
    stability.softmax(o)
    stability.log_softmax(o)
    stability.logsumexp(o)
    stability.loss_and_gradient(o, y)
    np.testing.assert_array_equal(o, before[0])
    np.testing.assert_array_equal(y, before[1])


@pytest.mark.parametrize("stepper", EQUATIONS)
@given(o=logits(k=4, spread=8.0))
@settings(deadline=None, max_examples=40)
def test_every_side_of_a_chain_is_the_same_array(stepper, o):
    """Every yield of a stepper equals the one before it."""
    # The chain of log-sum-exp holds e^m as it is printed.
    o = np.clip(o, -700, 700) if stepper is stability.lse else o
    sides = list(stepper(o))
    assert len(sides) == EQUATIONS[stepper]
    for before, after in pairwise(sides):
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("stepper", LABELLED)
@given(sample=logits_and_label(spread=8.0))
@settings(deadline=None, max_examples=40)
def test_every_side_of_a_labelled_chain_is_the_same_array(stepper, sample):
    """Every yield of a stepper on the loss equals the one before it, whatever the label."""
    o, y = sample
    sides = list(stepper(o, y))
    assert len(sides) == LABELLED[stepper]
    for before, after in pairwise(sides):
        # The sides subtract logits as large as the offset, 1e6, and lose that many digits.
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9 + 1e-15 * np.abs(o).max())


@given(o=logits())
@settings(deadline=None)
def test_bounds_hold(o):
    """The three sides of the bounds never fall, and the gap is at most log K."""
    low, between, high = stability.bounds(o)
    slack = 1e-15 * np.abs(o).max()
    assert low <= between <= high + slack
    assert high - low == pytest.approx(np.log(o.size), abs=1e-12 + slack)


def test_bounds_are_met_by_a_tie_and_by_a_lone_class():
    """Equal logits reach the upper bound and a single class reaches the lower one."""
    _, between, high = stability.bounds(np.full(7, 0.3))
    assert between == pytest.approx(high, rel=1e-15)
    low, between, _ = stability.bounds(np.array([0.3]))
    assert between == low


@given(o=logits(k=3, spread=5.0))
@settings(deadline=None, max_examples=40)
def test_derivatives_match_two_oracles(o):
    """The gradient and the Hessian of log-sum-exp are its first and second differences."""
    o = o - o.max()

    def plain(o):
        return np.log(np.sum(np.exp(o)))

    *_, gradient = stability.gradient(o)
    np.testing.assert_allclose(gradient, complex_step(plain, o), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(gradient, central_difference(plain, o), rtol=1e-6, atol=1e-8)
    *_, hessian = stability.hessian(o)

    def slope(o):
        return np.exp(o) / np.sum(np.exp(o))

    np.testing.assert_allclose(hessian, complex_step(slope, o), rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(hessian, central_difference(slope, o), rtol=1e-6, atol=1e-8)


@given(sample=logits_and_label(spread=5.0))
@settings(deadline=None, max_examples=40)
def test_loss_and_gradient_match_two_oracles(sample):
    """The fused gradient is the complex step and the central difference of the loss."""
    o, y = sample[0] - sample[0].max(), sample[1]
    if o.size > 10:
        o, y = o[:10], np.eye(10)[3]

    def plain(o):
        return np.log(np.sum(np.exp(o))) - o @ y

    L, dL = stability.loss_and_gradient(o, y)
    np.testing.assert_allclose(L, plain(o), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dL, complex_step(plain, o), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(dL, central_difference(plain, o), rtol=1e-5, atol=1e-7)


FUNCTIONS = [
    stability.softmax,
    stability.log_softmax,
    stability.logsumexp,
    lambda o: stability.loss_and_gradient(o, [0.5, 0.5]),
]


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize(
    ("o", "message"),
    [
        (1.0, r"o must have an axis for classes; got shape \(\)"),
        (np.array(1.0), r"o must have an axis for classes; got shape \(\)"),
        ([], r"o must not be empty; got shape \(0,\)"),
        (np.empty((0, 3)), r"o must not be empty; got shape \(0, 3\)"),
        ([1.0, np.nan], r"o must be finite; got NaN or infinity in shape \(2,\)"),
        (np.array([1.0, np.inf]), r"o must be finite; got NaN or infinity in shape \(2,\)"),
        (np.array([1.0, -np.inf]), r"o must be finite; got NaN or infinity in shape \(2,\)"),
        (["a", "b"], r"o must hold numbers"),
    ],
)
def test_bad_logits_are_named_with_their_shape(f, o, message):
    """Logits that are no numbers, not finite or have no classes raise an error that says so."""
    with pytest.raises(ValueError, match=message):
        f(o)


@pytest.mark.parametrize(
    ("o", "y", "message"),
    [
        ([1.0, 2.0], [1.0], r"y must have the shape \(2,\) of the logits; got shape \(1,\)"),
        ([1.0, 2.0], [1.0, 1.0], r"y must sum to 1.*\(2,\)"),
        ([1.0, 2.0], [2.0, -1.0], r"y must not be negative.*\(2,\)"),
        ([1.0 + 1j, 2.0], [1.0, 0.0], r"o must be real; got complex numbers in shape \(2,\)"),
    ],
)
def test_bad_labels_are_named_with_their_shape(o, y, message):
    """Labels off the simplex, and complex logits, raise an error with name and shape."""
    with pytest.raises(ValueError, match=message):
        stability.loss_and_gradient(o, y)


def test_published_numbers_keep_what_the_page_says():
    """The numbers that the page prints are within 4 units and, around 0, 1.3 times SciPy's time."""
    published = stability_page.results()
    assert set(published["accuracy"]) == set(HARD)
    for found in published["accuracy"].values():
        assert all(errors["Workings"] <= 4 for errors in found.values())
    for timed in published["speed"]["around 0"].values():
        assert set(timed) == {f"{N} × {K}" for N, K in benchmark.SHAPES}
        assert all(shape["ratio"] <= 1.3 for shape in timed.values())


def test_published_tables_have_a_row_for_every_measurement():
    """A table of accuracy has a row a kind of logits, a table of speed a row a function."""
    accuracy = stability_page.accuracy_table("log_softmax").splitlines()
    assert len(accuracy) == 2 + len(HARD)
    assert "| ordinary |" in accuracy[2]
    speed = stability_page.speed_table("around 1000").splitlines()
    assert [line.split(" | ")[0] for line in speed[2:]] == [
        "| softmax",
        "| log_softmax",
        "| logsumexp",
        "| loss and gradient",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0"), (2.44, "2.4"), (182.6, "183"), (20_700_000.0, "2 × 10⁷"), (9e15, "no digit")],
)
def test_units_are_printed_for_readers(value, text):
    """Few units keep a decimal, many become a power of ten, and all too many become words."""
    assert stability_page.units(value) == text
