"""Habits of notation that public derivations share, page by page, with their verdicts in order."""

import pytest

from workings.page import parse
from workings.reading import check

SOFTMAX = r"""---
symbols:
  o: {shape: [K], domain: real}
  'y': {shape: [K], domain: onehot}
---
$$p_i = \frac{e^{o_i}}{\sum_k e^{o_k}}$$
"""
NEURON = r"""---
symbols:
  x: {shape: [], domain: real}
  w: {shape: [], domain: real}
  b: {shape: [], domain: real}
---
$$\sigma(z) = \frac{1}{1 + e^{-z}}$$
"""
SAMPLES = r"""---
symbols:
  x: {shape: [m, n], domain: real}
  'y': {shape: [m], domain: binary}
  w: {shape: [n], domain: real}
---
"""
HABITS = {
    "a condition in brackets": (
        SOFTMAX + r"$$\frac{\partial p_j}{\partial o_i} = -p_j p_i \qquad (j \ne i)$$"
        r"$$\frac{\partial p_j}{\partial o_i} = p_j p_i, (j \ne i)$$",
        ["definition", "holds", "fails"],
    ),
    "a condition under a bar": (
        SOFTMAX + r"$$\left.\frac{\partial p_i}{\partial o_j}\right|_{i = j} = p_i (1 - p_i)$$"
        r"$$\frac{\partial p_i}{\partial o_j}\Big|_{i \neq j} = p_i p_j$$",
        ["definition", "holds", "fails"],
    ),
    "a condition in a sentence": (
        SOFTMAX + r"For $i = j$ and $k = 1, \dots, K$: $$\sum_i p_i = 1$$",
        ["definition", "holds"],
    ),
    "an indicator is no condition": (
        SOFTMAX + r"$$\frac{\partial p_i}{\partial o_j} = p_i (1(i = j) - p_j)$$"
        r"$$\sum_j p_j \mathbb{1}(i = j) = p_i$$",
        ["definition", "holds", "holds"],
    ),
    "an operator with an index": (
        SOFTMAX + r"$$\partial_{o_j} p_i = p_i (\delta_{ij} - p_j) = p_i p_j$$",
        ["definition", "holds", "fails"],
    ),
    "a capital sigma with both limits": (
        SOFTMAX + r"$$\frac{e^{o_i}}{\Sigma_{k=1}^{K} e^{o_k}} = p_i$$",
        ["definition", "holds"],
    ),
    "the maximum with a star": (
        SOFTMAX + r"$$o^* = \max_i o_i$$ $$p_i = \frac{e^{o_i - o^*}}{\sum_k e^{o_k - o^*}}$$"
        r"$$p_i = \frac{e^{o_i - o^*}}{\sum_k e^{o_k}}$$",
        ["definition", "definition", "holds", "fails"],
    ),
    "capitals as a name, before they are defined": (
        SOFTMAX + r"$$L_{CE} = -\sum_i y_i^{LS} \log p_i$$ $$y_i^{LS} = \frac{1}{2} y_i$$"
        r"$$\frac{\partial L_{CE}}{\partial o_i} = \frac{1}{2} (p_i - y_i) = p_i - y_i$$",
        ["definition", "definition", "definition", "holds", "fails"],
    ),
    "entropy and cross-entropy": (
        SOFTMAX + r"$$H(p, y) = -\sum_i y_i \log p_i$$ $$H(p, p) = H(p)$$"
        r"$$H(p) = -\sum_i p_i \log p_i$$",
        ["definition", "definition", "definition", "holds"],
    ),
    "a probability between a name and its formula": (
        SOFTMAX + r"$$q_i = P(t = i \mid o) = \frac{e^{o_i}}{\sum_k e^{o_k}}$$ $$q_i = p_i$$",
        ["definition", "unknown", "unknown", "holds"],
    ),
    "the gradient of a function": (
        SOFTMAX + r"$$f(o) = \log \sum_i e^{o_i}$$ $$\nabla f(o) = p$$"
        r"$$\nabla^2 f(o) = \operatorname{diag}(p) - p p^\top$$ $$\nabla f(o) = -p$$",
        ["definition", "definition", "holds", "holds", "fails"],
    ),
    "a product with the bare function": (
        NEURON + r"$$\frac{d\sigma}{dz} = \sigma(1 - \sigma)$$ $$\frac{d\sigma}{dz} = \sigma$$",
        ["definition", "holds", "fails"],
    ),
    "a prime on the bare function": (
        NEURON + r"$$\sigma' = \sigma(1 - \sigma)$$ $$\sigma'(z) = \sigma(z) - \sigma(z)^2$$"
        r"$$\sigma' = \sigma$$",
        ["definition", "holds", "holds", "fails"],
    ),
    "an argument that is defined later": (
        NEURON + r"$$z = wx + b$$ $$\frac{\partial \sigma}{\partial w} = \sigma(z) (1 - \sigma) x$$"
        r"$$\frac{\partial \sigma(z)}{\partial z} = \sigma (1 - \sigma)$$"
        r"$$\frac{\partial \sigma}{\partial w} = \sigma (1 - \sigma)$$",
        ["definition", "definition", "holds", "holds", "fails"],
    ),
    "what was said of any argument": (
        NEURON + r"$$a = \sigma(z) + z$$ $$z = wx$$ $$a = \sigma(wx) + wx$$"
        r"$$\frac{\partial a}{\partial z} = \sigma(z) (1 - \sigma(z)) + 1$$ $$a = \sigma(wx)$$",
        ["definition", "definition", "definition", "holds", "holds", "fails"],
    ),
    "an argument that never gets a value": (
        NEURON + r"$$a = \sigma(wx + b)$$ $$\frac{\partial a}{\partial z} = a (1 - a)$$",
        ["definition", "definition", "unknown"],
    ),
    "a place is no definition": (
        NEURON + r"$$z = \log \frac{\sigma(z)}{1 - \sigma(z)}$$",
        ["definition", "holds"],
    ),
    "a chain rule through what was written out": (
        NEURON + r"$$a = \sigma(wx + b)$$ $$z = wx + b$$ $$\frac{\partial a}{\partial z} = a(1-a)$$"
        r"$$\frac{\partial a}{\partial w} = \frac{\partial a}{\partial z}"
        r"\frac{\partial z}{\partial w} = a (1 - a)$$",
        ["definition", "definition", "definition", "holds", "holds", "fails"],
    ),
    "a function of any number, on a page where its letter is an array": (
        SAMPLES + r"$$z_i = \sum_j w_j x_{ij}$$ $$\sigma(z) = 1 / (1 + e^{-z})$$"
        r"$$\sigma'(z) = \sigma(z) (1 - \sigma(z))$$ $$\sigma'(z) = \sigma(z) (1 + \sigma(z))$$"
        r"$$\sigma'(z) \approx \sigma(z) (1 - \sigma(z))$$",
        ["definition", "definition", "holds", "fails", "unknown"],
    ),
    "a transpose after a sample": (
        SAMPLES + r"$$z_i = x^{(i)\top} w$$ $$z_i = \sum_j x_j^{(i)} w_j$$",
        ["definition", "holds"],
    ),
    "a gradient by the only thing that varies": (
        SOFTMAX + r"$$L = -\sum_k y_k \log p_k$$ $$\nabla L = p - y$$ $$\nabla L = y - p$$",
        ["definition", "definition", "holds", "fails"],
    ),
    "a space in passing": (
        SOFTMAX + r"$$p_i > 0 \text{ for } i = 1, \dotsc, K \text{ and }"
        r" o = (o_1, \dotsc, o_K) \in \mathbb{R}^K.$$",
        ["definition", "holds"],
    ),
    "a function first met at a sample": (
        SAMPLES + r"$$z^{(i)} = w^\top x^{(i)}$$"
        r"$$a^{(i)} = \sigma(z^{(i)}) = \frac{1}{1 + e^{-z^{(i)}}}$$"
        r"$$J = -\frac{1}{m} \sum_i [y^{(i)} \log a^{(i)} + (1 - y^{(i)}) \log(1 - a^{(i)})]$$"
        r"$$\frac{\partial J}{\partial w_j} = \frac{1}{m} \sum_i (a^{(i)} - y^{(i)}) x_j^{(i)}$$",
        ["definition", "definition", "definition", "definition", "holds"],
    ),
    "a subscript that names": (
        "---\nsymbols:\n  x: {shape: [m], domain: real}\n---\n"
        r"$$\mu_B = \frac{1}{m} \sum_i x_i$$ $$\sigma_B^2 = \frac{1}{m} \sum_i (x_i - \mu_B)^2$$"
        r"$$\sigma_B^2 = \frac{1}{m} \sum_i x_i^2 - \mu_B^2$$",
        ["definition", "definition", "holds"],
    ),
    "a total beside its parts": (
        "---\nsymbols:\n  o: {shape: [T], domain: real}\n---\n"
        r"$$L_t = o_t^2$$ $$L = \sum_{t=1}^{T} L_t$$"
        r"$$\frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial L_t}"
        r"\frac{\partial L_t}{\partial o_t} = 2 o_t$$",
        ["definition", "definition", "holds", "holds"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_is_read_as_it_is_meant(habit):
    """Right rows hold, the wrong ones beside them fail, and nothing is guessed."""
    text, wanted = HABITS[habit]
    claims = check(parse(text, "page.md"))
    assert [claim.verdict for claim in claims] == wanted, [claim.reason for claim in claims]
