"""Measure the stable functions against mpmath for accuracy and against SciPy for speed.

`python -m benchmarks.stability` writes the results to `stability.json` beside this file; the page
on stability prints them.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import scipy
import scipy.special
from numpy.typing import NDArray

from benchmarks.attention import machine
from snippets import stability
from snippets.inputs import Array

RESULTS = Path(__file__).with_suffix(".json")
SHAPES = [(1024, 10), (128, 1000), (64, 50257)]
SMALLEST = 5e-324

Function = Callable[[Array, Array], Array]
Call = Callable[[], object]


def hard_inputs(rng: np.random.Generator) -> dict[str, Array]:
    """Return logits, shape (N, K), by the kind of difficulty they pose."""
    # Each row's gap is as likely to lie between 1 and 2 as between 350 and 700.
    gaps = np.exp(rng.uniform(0, np.log(700), size=(200, 1))) + rng.exponential(size=(200, 10))
    below = np.where(rng.random((200, 10)) < 0.4, 0.0, -rng.uniform(0, 760, size=(200, 10)))
    below[:, 0] = 0
    many = np.stack([rng.normal(size=50257) * 3, rng.normal(size=50257), np.zeros(50257)])
    many[1, 7] = 45.7
    return {
        "ordinary": rng.normal(size=(200, 10)) * 3,
        "one class dominating": np.concatenate([np.zeros((200, 1)), -gaps], axis=1),
        "the same, offset": np.concatenate([np.zeros((200, 1)), -gaps], axis=1)
        + rng.uniform(-1500, 1500, size=(200, 1)),
        "spread of ±10⁴": rng.uniform(-1e4, 1e4, size=(200, 10)),
        "ties": below + rng.choice([-1000.0, 0.0, 0.1, 700.0, 1e4], size=(200, 1)),
        "subnormal probabilities": np.concatenate(
            [np.zeros((200, 1)), -rng.uniform(706, 746, size=(200, 5))], axis=1
        )
        + rng.uniform(-1700, 1700, size=(200, 1)),
        "one class only": rng.normal(size=(50, 1)) * 1000,
        "50 257 classes": many,
    }


def one_hot(t: NDArray[np.intp], K: int) -> Array:
    """Return one-hot labels, shape (N, K), of class numbers, shape (N,)."""
    y = np.zeros((len(t), K))
    y[np.arange(len(t)), t] = 1
    return y


def labels(o: Array, rng: np.random.Generator) -> Array:
    """Return labels for logits, shape (N, K): the likeliest class, any class, soft, in turn."""
    N, K = o.shape
    likeliest, chosen = one_hot(o.argmax(axis=1), K), one_hot(rng.integers(K, size=N), K)
    soft = rng.dirichlet(np.ones(K), size=N)
    kind = np.arange(N)[:, np.newaxis] % 3
    return np.where(kind == 0, likeliest, np.where(kind == 1, chosen, soft))


def plain_softmax(o: Array, y: Array) -> Array:
    """Return softmax with the largest logit taken off."""
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def plain_log_softmax(o: Array, y: Array) -> Array:
    """Return log-softmax with the largest logit taken off."""
    d = o - o.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))


def plain_logsumexp(o: Array, y: Array) -> Array:
    """Return log-sum-exp with the largest logit taken off."""
    m = o.max(axis=-1, keepdims=True)
    return (m + np.log(np.exp(o - m).sum(axis=-1, keepdims=True)))[..., 0]


def scipy_softmax(o: Array, y: Array) -> Array:
    """Return SciPy's softmax."""
    return scipy.special.softmax(o, axis=-1)


def scipy_log_softmax(o: Array, y: Array) -> Array:
    """Return SciPy's log-softmax."""
    return scipy.special.log_softmax(o, axis=-1)


LIBRARIES: dict[str, dict[str, Function]] = {
    "softmax": {
        "Workings": lambda o, y: stability.softmax(o),
        "SciPy": scipy_softmax,
        "NumPy": plain_softmax,
    },
    "log_softmax": {
        "Workings": lambda o, y: stability.log_softmax(o),
        "SciPy": scipy_log_softmax,
        "NumPy": plain_log_softmax,
    },
    "logsumexp": {
        "Workings": lambda o, y: stability.logsumexp(o),
        "SciPy": lambda o, y: scipy.special.logsumexp(o, axis=-1),
        "NumPy": plain_logsumexp,
    },
    "loss": {
        "Workings": lambda o, y: stability.loss_and_gradient(o, y)[0],
        "SciPy": lambda o, y: -(y * scipy_log_softmax(o, y)).sum(axis=-1),
        "NumPy": lambda o, y: -(y * plain_log_softmax(o, y)).sum(axis=-1),
    },
    "gradient": {
        "Workings": lambda o, y: stability.loss_and_gradient(o, y)[1],
        "SciPy": lambda o, y: scipy_softmax(o, y) - y,
        "NumPy": lambda o, y: plain_softmax(o, y) - y,
    },
}


def ulp(value: Any) -> float:
    """Return the distance from a number to the next float64, at least the smallest float."""
    return max(float(np.spacing(abs(float(value)))), SMALLEST)


def off(got: float, true: Any, unit: float, allowance: float = 0.0) -> float:
    """Return how many units `got` is from the true value, an allowance taken off."""
    if not np.isfinite(got):
        return float("inf")
    error = abs(mpmath.mpf(float(got)) - true) - mpmath.mpf(allowance)
    return max(0.0, float(error / mpmath.mpf(unit)))


def errors(o: Array, y: Array) -> dict[str, dict[str, float]]:
    """Return the largest error over rows, in units in the last place, by function and library.

    A logsumexp is allowed what rounding the logits does to it. A gradient is counted in the last
    place of the larger of p and y, or of 1 - p and 1 - y where p is above 1/2.
    """
    with np.errstate(all="ignore"):
        got = {
            name: {library: f(o, y) for library, f in functions.items()}
            for name, functions in LIBRARIES.items()
        }
    worst = {name: dict.fromkeys(functions, 0.0) for name, functions in LIBRARIES.items()}

    def note(name: str, index: Any, true: Any, unit: float, allowance: float = 0.0) -> None:
        for library, values in got[name].items():
            error = off(values[index], true, unit, allowance)
            worst[name][library] = max(worst[name][library], error)

    with mpmath.workprec(200):
        for n, (row, label) in enumerate(zip(o, y, strict=True)):
            x = [mpmath.mpf(float(value)) for value in row]
            top = int(row.argmax())
            e = [mpmath.exp(value - x[top]) for value in x]
            rest = mpmath.fsum(e[:top] + e[top + 1 :])
            log_s = mpmath.log1p(rest)
            p = [value / (1 + rest) for value in e]
            log_p = [(value - x[top]) - log_s for value in x]
            rounding = sum(float(p_k) * ulp(o_k) / 2 for p_k, o_k in zip(p, row, strict=True))
            lse = x[top] + log_s
            loss = -mpmath.fsum(float(y_k) * l for y_k, l in zip(label, log_p, strict=True))
            note("logsumexp", n, lse, ulp(lse), rounding)
            note("loss", n, loss, ulp(loss))
            for k, y_k in enumerate(map(float, label)):
                note("softmax", (n, k), p[k], ulp(p[k]))
                note("log_softmax", (n, k), log_p[k], ulp(log_p[k]))
                unit = max(ulp(p[k]), ulp(y_k))
                if k == top and p[k] > 0.5:
                    unit = max(ulp(rest / (1 + rest)), ulp(1 - y_k))
                # 1 - p may have more digits than any fixed precision keeps of p.
                slope = p[k] - y_k if k != top else (1 - mpmath.mpf(y_k)) - rest / (1 + rest)
                note("gradient", (n, k), slope, unit)
    return worst


def accuracy() -> dict[str, dict[str, dict[str, float]]]:
    """Return the largest errors for every kind of hard input."""
    rng = np.random.default_rng(0)
    return {kind: errors(o, labels(o, rng)) for kind, o in hard_inputs(rng).items()}


def paired(ours: Call, theirs: Call, seconds: float) -> dict[str, float]:
    """Time two calls in turn for a while; return median seconds and the median of the ratios."""
    times: list[tuple[float, float]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 9:
        elapsed = {}
        # Whoever comes second may find the caches warm, so the two take turns at that.
        for call in (ours, theirs) if len(times) % 2 else (theirs, ours):
            start = time.perf_counter()
            call()
            elapsed[call] = time.perf_counter() - start
        times.append((elapsed[ours], elapsed[theirs]))
    return {
        "Workings": statistics.median(a for a, _ in times),
        "SciPy": statistics.median(b for _, b in times),
        "ratio": statistics.median(a / b for a, b in times),
        "runs": len(times),
    }


def calls(o: Array, y: Array) -> dict[str, tuple[Call, Call]]:
    """Return what to time on logits and labels, shape (N, K): our call and SciPy's, by name."""
    return {
        "softmax": (lambda: stability.softmax(o), lambda: scipy_softmax(o, y)),
        "log_softmax": (lambda: stability.log_softmax(o), lambda: scipy_log_softmax(o, y)),
        "logsumexp": (
            lambda: stability.logsumexp(o),
            lambda: scipy.special.logsumexp(o, axis=-1),
        ),
        "loss and gradient": (
            lambda: stability.loss_and_gradient(o, y),
            lambda: (LIBRARIES["loss"]["SciPy"](o, y), LIBRARIES["gradient"]["SciPy"](o, y)),
        ),
    }


def speed(
    offset: float, scale: float, seconds: float = 3.0
) -> dict[str, dict[str, dict[str, float]]]:
    """Return the times of our functions and SciPy's, by function and by shape.

    Args:
        offset: what the logits lie around.
        scale: how far they are spread.
        seconds: how long to time each pair.
    """
    rng = np.random.default_rng(1)
    found: dict[str, dict[str, dict[str, float]]] = {}
    for N, K in SHAPES:
        o = offset + rng.normal(size=(N, K)) * scale
        y = one_hot(rng.integers(K, size=N), K)
        for name, (ours, theirs) in calls(o, y).items():
            found.setdefault(name, {})[f"{N} × {K}"] = paired(ours, theirs, seconds)
    return found


def main() -> None:
    """Measure everything and write it down."""
    results = {
        "accuracy": accuracy(),
        "speed": {
            "around 0": speed(0.0, 3.0),
            "around 1000": speed(1000.0, 3.0),
            "over ±10⁴": speed(0.0, 5000.0),
        },
        "machine": f"{machine()}, SciPy {scipy.__version__} and mpmath {mpmath.__version__}",
    }
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
