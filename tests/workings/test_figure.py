"""Figures as inline SVG."""

import re
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib import pyplot

from workings.figure import BLUE, INK, ORANGE, STYLE, picture

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawn():
    with mpl.rc_context({**STYLE, "backend": "svg"}):
        figure, axes = pyplot.subplots()
        axes.plot([1, 2, 3], [1, 3, 2], "o-", color=BLUE, label="a < b")
        axes.legend()
        yield picture(figure, name="curve", title="A & B", description="One line, up then down.")


def test_a_picture_has_a_text_alternative(drawn):
    """The SVG is one image whose title and description are its accessible name."""
    root = ElementTree.fromstring(str(drawn)).find(f"{SVG}svg")
    assert root.get("role") == "img"
    labels = [root.find(f".//*[@id='{id}']").text for id in root.get("aria-labelledby").split()]
    assert labels == ["A & B", "One line, up then down."]


def test_a_picture_follows_the_colour_of_the_page(drawn):
    """Nothing is painted in the placeholder colour, and the page's colour is used instead."""
    assert INK not in str(drawn)
    assert "currentColor" in str(drawn)
    assert "<style" not in str(drawn)


def test_ids_carry_the_name_and_every_reference_is_met(drawn):
    """Two pictures on a page cannot share an id, and no reference dangles."""
    ids = re.findall(r' id="([^"]+)"', str(drawn))
    references = re.findall(r'(?:href="#|url\(#)([^")]+)', str(drawn))
    assert references
    assert len(ids) == len(set(ids))
    assert all(id.startswith("curve-") for id in ids)
    assert set(references) <= set(ids)


def test_markdown_sees_one_unbroken_block(drawn):
    """A blank line would end raw HTML, so a picture has none."""
    assert "\n\n" not in str(drawn)
    assert drawn._repr_html_() == str(drawn)


def test_a_figure_is_drawn_the_same_twice():
    """The same figure gives the same SVG, so a rebuilt page does not change."""
    pictures = []
    for _ in range(2):
        with mpl.rc_context(STYLE):
            figure, axes = pyplot.subplots()
            axes.scatter([1, 2], [2, 1], color=ORANGE)
            pictures.append(str(picture(figure, name="dots", title="t", description="d")))
    assert pictures[0] == pictures[1]


def test_a_name_that_is_no_id_is_refused():
    """A name with a quote in it never reaches the markup."""
    with pytest.raises(ValueError, match="name must hold letters"):
        picture(None, name='a"b', title="t", description="d")


def _luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("page", ["#ffffff", "#1e2129"])
@pytest.mark.parametrize("colour", [BLUE, ORANGE])
def test_lines_stand_out_from_the_page(colour, page):
    """Line colours keep the 3 : 1 contrast that graphics need, in light and in dark."""
    dark, light = sorted([_luminance(colour), _luminance(page)])
    assert (light + 0.05) / (dark + 0.05) >= 3
