"""A matplotlib figure as inline SVG: readable aloud, and at home in light and in dark."""

import html
import io
import re
from dataclasses import dataclass
from typing import Any

# Every line and letter of this colour takes the colour of the text around the figure.
INK = "#010203"

# Each is at least 3 : 1 against both the light and the dark page.
BLUE = "#4a86d8"
ORANGE = "#cf7a1c"
GREY = "#8a8f98"

STYLE: dict[str, Any] = {
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.size": 11,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "savefig.facecolor": "none",
    # The same figure must give the same file, build after build.
    "svg.fonttype": "none",
    "svg.hashsalt": "workings",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True)
class Picture:
    """A finished figure. Notebooks show its `_repr_html_`; pages print it."""

    svg: str

    def __str__(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.svg


def picture(figure: Any, *, name: str, title: str, description: str) -> Picture:
    """Return a matplotlib figure as an inline SVG with a text alternative, and close it.

    Args:
        figure: a matplotlib figure drawn under `STYLE`.
        name: unique on the page; letters, digits and hyphens. Ids inside the SVG start with it.
        title: what the figure is, in a few words.
        description: what a reader who can't see the figure should take from it.

    Raises:
        ValueError: if `name` holds anything but letters, digits and hyphens.
    """
    from matplotlib import pyplot

    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
        raise ValueError(f"name must hold letters, digits and hyphens; got {name!r}")
    file = io.StringIO()
    figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    source = file.getvalue()
    box = re.search(r'viewBox="([^"]+)"', source)
    body = re.search(r"<svg[^>]*>(.*)</svg>", source, re.DOTALL)
    assert box
    assert body
    drawing = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", body[1], flags=re.DOTALL)
    # As an inline style sheet this rule would reach the whole page; here it is an attribute.
    drawing = re.sub(r"<style[^>]*>.*?</style>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r"font-family:[^;\"]*;?|font: ?(?=[\d.]+px)", _font, drawing)
    drawing = drawing.replace(INK, "currentColor").replace("xlink:href", "href")
    drawing = _own_ids(drawing, name)
    # A blank line inside raw HTML would end it for Markdown.
    drawing = re.sub(r"\n\s*", "\n", drawing).strip()
    # matplotlib measures in points, of which CSS has three to four pixels.
    width, height = (float(side) * 4 / 3 for side in box[1].split()[2:])
    return Picture(
        '<figure class="workings-figure" '
        f'style="--tall:min({height:.0f}px,(100vw - 2rem)*{height / width:.2f})">\n'
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'role="img" aria-labelledby="{name}-title {name}-description" '
        f'viewBox="{box[1]}" width="{width:.0f}" height="{height:.0f}" '
        f'style="display: block; margin: auto; max-width: 100%; height: auto; '
        f'font-family: inherit; stroke-linejoin: round; stroke-linecap: butt" '
        f'fill="currentColor">\n'
        f'<title id="{name}-title">{html.escape(title)}</title>\n'
        f'<desc id="{name}-description">{html.escape(description)}</desc>\n'
        f"{drawing}\n</svg>\n</figure>"
    )


def _font(match: re.Match[str]) -> str:
    return "font-size: " if match[0].startswith("font:") else ""


def _own_ids(drawing: str, name: str) -> str:
    """Prefix the ids that something refers to, and drop the rest."""
    wanted = set(re.findall(r'(?:href="#|url\(#)([^")]+)', drawing))

    def rename(match: re.Match[str]) -> str:
        return f' id="{name}-{match[1]}"' if match[1] in wanted else ""

    drawing = re.sub(r' id="([^"]+)"', rename, drawing)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", drawing)
