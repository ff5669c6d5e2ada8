"""What people paste: with dollars or without, quoted, from a notebook, with prose around it."""

import json

import pytest

from workings.page import parse
from workings.paste import paste

P = r"p_j = \frac{e^{o_j}}{\sum_k e^{o_k}}"
L = r"L = -\sum_j y_j \log p_j"
ALIGN = "\\begin{align}\nL &= a \\\\\n  &= b\n\\end{align}"

# What was pasted, and the displays it holds.
PASTES = [
    (P, [P]),
    (f"${P}$", [P]),
    (f"$${P}$$", [P]),
    (f"\\[{P}\\]", [P]),
    (f"```math\n{P}\n```", [P]),
    (f"[\n{P}\n]", [P]),
    (f"{P}\n\n{L}", [P, L]),
    (f"{P}\n{L}\n", [P, L]),
    (f"{P}\r\n\r\n{L}\r\n", [P, L]),
    (f"> $$\n> {P}\n> $$", [P]),
    (f"> {P}\n>\n> {L}", [P, L]),
    (f"We begin with the softmax function:\n\n{P}\n\nand then\n{L}", [P, L]),
    (f"We take $${P}$$ where $o$ is a vector, and $x$ costs $5.", [P]),
    (ALIGN, [ALIGN]),
    (f"{P}\n{ALIGN}\nso that\n{L}", [P, ALIGN, L]),
    (f"$${ALIGN}$$", [ALIGN]),
    ("L &= a \\\\\n&= b", ["L &= a \\\\\n&= b"]),
    ("L = a\n+ b\n= c", ["L = a\n+ b", "= c"]),
    ("L = \\left( a\n= b \\right)", ["L = \\left( a\n= b \\right)"]),
    ("L = \\frac{a\n}{b = c}", ["L = \\frac{a\n}{b = c}"]),
    ("y = 1 \\text{ for the true class, and zero else}", None),
    ("Only words stand here, and no formula.", []),
    ("\\sum_k y_k", []),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "displays"), PASTES)
def test_a_paste_becomes_displays(text, displays):
    """A paste holds the formulas that were meant, however they were set apart from the prose."""
    found = [display.tex.strip() for display in parse(paste(text).markdown).displays]
    assert found == ([text] if displays is None else displays)


@pytest.mark.parametrize("text", [text for text, _ in PASTES])
def test_a_place_leads_back_to_the_paste(text):
    """Each character of a formula has in the paste the place it came from."""
    made = paste(text)
    for at, character in enumerate(made.markdown):
        here = made.place(at)
        assert 0 <= here <= len(text)
        if character not in "$\n":
            assert text[here] == character


def test_a_notebook_gives_its_cells_and_declarations():
    """A pasted notebook is read by its Markdown cells, under what its metadata declares."""
    symbols = {"o": {"shape": ["K"], "domain": "real"}}
    book = {
        "cells": [
            {"cell_type": "markdown", "source": ["The softmax:\n", f"$${P}$$"]},
            {"cell_type": "code", "source": ["x = '$$L = 1$$'"]},
            {"cell_type": "markdown", "source": f"$${L}$$"},
        ],
        "metadata": {"workings": {"symbols": symbols}},
    }
    page = parse(paste(json.dumps(book)).markdown)
    assert [display.tex for display in page.displays] == [P, L]
    assert page.symbols == symbols
