"""The moons, the training, and the notebook that shows both."""

import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.make_moons import accuracy, gradient_check, initial, make_moons, mean_loss, train
from snippets.network import gradients
from tests.snippets.oracle import complex_step

NOTEBOOK = Path(__file__).parents[2] / "docs" / "make-moons.ipynb"


def code_cells():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def notebook():
    """Run the notebook's code cells in order and return their names."""
    namespace = {}
    with mpl.rc_context({"backend": "svg"}):
        for cell in code_cells():
            exec("".join(cell["source"]), namespace)
    return namespace


def test_the_notebook_reaches_its_accuracy(notebook):
    """The notebook's network labels at least 97 % of the test data rightly, and the test data
    is none it trained on."""
    assert notebook["test_accuracy"] >= 0.97
    assert not np.isin(notebook["X_test"], notebook["X"]).any()


def test_the_notebooks_gradient_check_passes(notebook):
    """The derived gradients of all four parameters are central differences to seven digits."""
    assert set(notebook["check"]) == {"V", "c", "W", "b"}
    assert max(notebook["check"].values()) < 1e-7


def test_the_notebooks_loss_falls(notebook):
    """The loss ends far below where it began, and no step makes it more than a little worse."""
    losses = notebook["losses"]
    assert losses[-1] < losses[0] / 10
    assert np.diff(losses).max() < 0.05


def test_the_notebook_is_kept_without_outputs():
    """The build runs the notebook, so the file holds no outputs and no execution counts."""
    for cell in code_cells():
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def test_a_wrong_gradient_fails_the_gradient_check(monkeypatch):
    """A gradient twice too large in one parameter is caught there and nowhere else."""
    rng = np.random.default_rng(1)
    X, Y = make_moons(40, 0.1, rng)
    start = initial(2, 3, 2, rng)

    def doubled(X, *parameters_and_labels):
        right = gradients(X, *parameters_and_labels)
        return right._replace(c=2 * right.c)

    monkeypatch.setattr("snippets.make_moons.gradients", doubled)
    errors = gradient_check(start, X, Y)
    assert errors["c"] == pytest.approx(0.5)
    assert max(errors["V"], errors["W"], errors["b"]) < 1e-7


def test_training_gradients_match_a_complex_step():
    """The gradients on moons equal the complex step of the mean loss."""
    rng = np.random.default_rng(2)
    X, Y = make_moons(30, 0.2, rng)
    start = initial(2, 4, 2, rng)
    derived = gradients(X, *start, Y)
    for name, value in start._asdict().items():
        expected = complex_step(lambda v, n=name: _complex_loss(start, n, v, X, Y), value)
        np.testing.assert_allclose(getattr(derived, name), expected, rtol=1e-10, atol=1e-14)


def _complex_loss(parameters, name, value, X, Y):
    V, c, W, b = parameters._replace(**{name: value})
    z = np.tanh(X @ V + c) @ W + b
    return (np.log(np.exp(z).sum(axis=1)) - (Y * z).sum(axis=1)).mean()


def test_one_step_walks_down_the_gradient():
    """A step subtracts the gradient times the rate from every parameter."""
    rng = np.random.default_rng(3)
    X, Y = make_moons(20, 0.1, rng)
    start = initial(2, 3, 2, rng)
    after, losses = train(start, X, Y, rate=0.5, steps=1)
    slopes = gradients(X, *start, Y)
    for old, new, slope in zip(start, after, slopes, strict=True):
        np.testing.assert_allclose(new, old - 0.5 * slope)
    assert losses.tolist() == [mean_loss(start, X, Y), mean_loss(after, X, Y)]


@given(N=st.integers(1, 60), seed=st.integers(0, 2**32 - 1))
def test_moons_without_noise_lie_on_their_circles(N, seed):
    """Without noise every point is at distance 1 from its circle's centre, on the right half."""
    X, Y = make_moons(N, 0.0, np.random.default_rng(seed))
    assert X.shape == Y.shape == (N, 2)
    assert abs(Y.sum(axis=0) @ [1, -1]) <= 1
    moon = Y.argmax(axis=1)
    centres = np.array([[0.0, 0.0], [1.0, 0.5]])[moon]
    np.testing.assert_allclose(np.hypot(*(X - centres).T), 1)
    assert ((X - centres)[:, 1] * np.where(moon == 0, 1, -1) >= 0).all()


def test_moons_are_the_same_for_the_same_seed():
    """The same seed gives the same points, another seed others."""
    (X, Y), (X_again, Y_again), (X_other, _) = (
        make_moons(10, 0.1, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert (X_again == X).all()
    assert (Y_again == Y).all()
    assert (X_other != X).all()


@pytest.mark.parametrize(
    ("N", "noise", "message"),
    [
        (0, 0.1, "N must be at least 1; got 0"),
        (5, -0.1, "noise must be finite and not negative; got -0.1"),
        (5, np.nan, "noise must be finite and not negative; got nan"),
    ],
)
def test_moons_that_cannot_be_made_are_refused(N, noise, message):
    """A number of points or a noise that makes no sense raises an error that names it."""
    with pytest.raises(ValueError, match=message):
        make_moons(N, noise, np.random.default_rng(0))


def test_accuracy_checks_its_arguments():
    """Labels in another shape than the network's outputs raise an error with both shapes."""
    rng = np.random.default_rng(4)
    X, Y = make_moons(6, 0.1, rng)
    with pytest.raises(ValueError, match=r"Y must have the shape \(6, 2\).*got shape \(5, 2\)"):
        accuracy(initial(2, 3, 2, rng), X, Y[:5])
    with pytest.raises(ValueError, match=r"X must be 2-dimensional; got shape \(2,\)"):
        accuracy(initial(2, 3, 2, rng), X[0], Y[:1])
