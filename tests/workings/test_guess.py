"""The first guess at a symbol that nobody declared."""

from dataclasses import replace

import pytest

from workings.guess import guesses
from workings.page import parse
from workings.reading import check

SOFTMAX = r"$$p_j = \frac{e^{o_j}}{\sum_k e^{o_k}}$$"

# A text, and for each symbol it leaves open the shape and the domain guessed.
GUESSES = [
    (SOFTMAX, {"o": (["K"], "real")}),
    (
        SOFTMAX + r"$$L = -\sum_j y_j \log p_j$$",
        {"o": (["K"], "real"), "y": (["K"], "onehot")},
    ),
    (r"$$L = -\sum_j y_j \log p_j$$", {"y": (["K"], "onehot"), "p": (["K"], "simplex")}),
    (
        r"$$L = -y \log a - (1 - y) \log (1 - a)$$",
        {"y": ([], "binary"), "a": ([], "unit")},
    ),
    (
        r"$$L = \frac{1}{N} \sum_{n=1}^{N} \sum_{k=1}^{C} o_{nk}$$",
        {"o": (["N", "C"], "real")},
    ),
    (r"$$m = \frac{1}{N} \sum_n x_n$$", {"x": (["N"], "real")}),
    (r"$$z_j = \sum_i W_{ji} x_i$$", {"W": (["K", "M"], "real"), "x": (["M"], "real")}),
    (
        r"$$\mathbf{z} = W \mathbf{x} + \mathbf{b}$$",
        {"W": (["K", "M"], "real"), r"\mathbf{x}": (["M"], "real"), r"\mathbf{b}": (["K"], "real")},
    ),
    (r"$$h = \mathbf{a}^\top X \mathbf{b}$$", {
        r"\mathbf{a}": (["K"], "real"), "X": (["K", "M"], "real"), r"\mathbf{b}": (["M"], "real"),
    }),
    (r"$$s = \sqrt{v} + \frac{a}{\sigma}$$", {
        "v": ([], "positive"), "a": ([], "real"), r"\sigma": ([], "positive"),
    }),
    (r"$$z = W_1 x_1 + W_2 x_2$$", {
        "W_1": (["K", "M"], "real"), "W_2": (["K", "M"], "real"),
        "x_1": ([], "real"), "x_2": ([], "real"),
    }),
    (r"$$f(x) = x^2$$ $$f'(x) = 2 x$$", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), GUESSES)
def test_a_symbol_is_guessed_from_its_use(text, expected):
    """Shape and domain follow from indices, sums, derivatives and logarithms."""
    found = {guess.head: (list(guess.axes), guess.domain) for guess in guesses(parse(text))}
    assert found == expected


def test_what_is_declared_is_not_guessed():
    """A symbol that the text declares keeps its declaration, and names the axis for others."""
    page = replace(
        parse(SOFTMAX + r"$$L = -\sum_j y_j \log p_j$$"),
        symbols={"o": {"shape": ["C"], "domain": "real"}},
    )
    (guess,) = guesses(page)
    assert (guess.head, guess.axes) == ("y", ("C",))


def test_the_first_use_settles_an_axis():
    """A matrix used the wrong way round later is not made square to fit."""
    page = parse(
        r"$$\mathbf{z} = W \mathbf{x} + \mathbf{b}$$ $$\mathbf{u} = \mathbf{z} + W \mathbf{b}$$"
    )
    found = {guess.head: guess.entry for guess in guesses(page)}
    assert found["W"]["shape"][0] != found["W"]["shape"][1]
    assert check(replace(page, symbols=found))[-1].verdict == "unknown"


def test_a_guess_is_kept_while_it_fits():
    """An earlier guess stays as long as the text needs it, and goes when a definition comes."""
    text = r"$$L = -\sum_j y_j \log p_j$$"
    first = guesses(parse(text))
    changed = tuple(replace(guess, domain="positive") for guess in first)
    assert guesses(parse(text), changed) == changed
    assert [guess.head for guess in guesses(parse(text + SOFTMAX), changed)] == ["y", "o"]
