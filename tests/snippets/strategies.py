"""Logits and labels for Hypothesis, hard cases included."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Vector = NDArray[np.float64]

LARGE = 1000


@st.composite
def logits(
    draw: st.DrawFn,
    k: int | None = None,
    spread: float = 30.0,
    *,
    max_k: int = LARGE,
    offsets: bool = True,
) -> Vector:
    """Draw logits, shape (K,): K = 1, ties, large offsets, and now and then K = 1000.

    Two logits differ by at most 2 * spread; the offset added to all of them reaches 1e6.
    `k` fixes K, `max_k` bounds it, and `offsets=False` leaves the offset out.
    """
    if k is None:
        small = list(range(1, min(max_k, 8) + 1))
        k = draw(st.sampled_from(small * 4 + [LARGE] * (max_k >= LARGE)))
    if k > 20:
        # A thousand drawn floats would exhaust Hypothesis; a drawn seed stands for them.
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        o = rng.uniform(-spread, spread, size=k) * draw(st.floats(0, 1))
    else:
        ordinary = st.floats(-spread, spread, allow_subnormal=False)
        tied = st.sampled_from([-1.0, 0.0, 1.0])
        o = np.array(draw(st.lists(st.one_of(ordinary, tied), min_size=k, max_size=k)))
    return o + draw(st.sampled_from([0.0, 0.0, 1e3, -1e3, 1e6, -1e6])) if offsets else o


@st.composite
def one_hot(draw: st.DrawFn, k: int) -> Vector:
    """Draw a one-hot label, shape (K,)."""
    y = np.zeros(k)
    y[draw(st.integers(0, k - 1))] = 1.0
    return y


@st.composite
def soft_labels(draw: st.DrawFn, k: int) -> Vector:
    """Draw a soft label, shape (K,): not negative, summing to 1, zeros among its entries."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = rng.exponential(size=k) * (rng.random(k) < 0.8)
    weights[draw(st.integers(0, k - 1))] += 1.0
    y: Vector = weights / weights.sum()
    return y


@st.composite
def logits_and_label(
    draw: st.DrawFn, spread: float = 30.0, *, max_k: int = LARGE
) -> tuple[Vector, Vector]:
    """Draw one sample: logits (K,) and a one-hot or soft label (K,)."""
    o = draw(logits(spread=spread, max_k=max_k))
    return o, draw(st.one_of(one_hot(o.size), soft_labels(o.size)))


@st.composite
def batches(draw: st.DrawFn, spread: float = 30.0) -> tuple[Vector, Vector]:
    """Draw a batch: logits (N, K) and labels (N, K), N and K from 1 up."""
    n, k = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    samples = [draw(logits(k, spread)) for _ in range(n)]
    labels = [draw(st.one_of(one_hot(k), soft_labels(k))) for _ in range(n)]
    return np.stack(samples), np.stack(labels)
