"""Mathematics in Markdown."""

import re

import pytest
from markdown import markdown

from workings.markdown import Hand, draw_in_html
from workings.mathjax import MathError

_EXTENSIONS = ["workings.markdown", "admonition", "fenced_code", "md_in_html", "tables", "toc"]
_UNCHECKED = {"workings.markdown": {"check": False}}


def convert(text: str) -> str:
    """The HTML of `text`, each drawing shortened to `▢` and each spoken formula dropped."""
    html = markdown(text, extensions=_EXTENSIONS, extension_configs=_UNCHECKED)
    html = re.sub(r'<svg class="outlines".*?</svg>', "", html, flags=re.DOTALL)
    html = re.sub(r'<span class="spoken">.*?</math></span>', "", html, flags=re.DOTALL)
    html = re.sub(r"<svg (?!data).*?</svg>(?!</g>)", "▢", html, flags=re.DOTALL)
    html = re.sub(r'<span class="formula"[^>]*>▢</span>', "(inline)", html)
    html = re.sub(r'<button class="(?:copy|ask)".*?</button>', "", html)
    return re.sub(
        r'<div class="display"[^>]*><div class="scroll"[^>]*>▢</div></div>', "[display]", html
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("so $x$ is", "<p>so (inline) is</p>"),
        (r"so \(x\) is", "<p>so (inline) is</p>"),
        ("$a_i$ and $b_i$", "<p>(inline) and (inline)</p>"),
        (r"$a \vert $ b", "<p>(inline) b</p>"),
        ("$a *b* c$", "<p>(inline)</p>"),
        ("$a\n= b$", "<p>(inline)</p>"),
        ("# On $x$\n\ntext", '<h1 id="on-x">On (inline)</h1>\n<p>text</p>'),
        ("| $|x|$ |\n|---|\n| $y$ |", "(inline)"),
        ("$$x$$", "[display]"),
        ("$$\nx\n$$", "[display]"),
        (r"\[ x \]", "[display]"),
        ("```math\nx\n```", "[display]"),
        (r"\begin{align} x &= y \end{align}", "[display]"),
        ("a\n$$\nx\n$$\nb", "<p>a</p>\n[display]\n<p>b</p>"),
        ("> a\n>\n> $$\n> x > y\n> $$", "<blockquote>\n<p>a</p>\n[display]\n</blockquote>"),
        ("- a\n\n    $$x$$", "<ul>\n<li>\n<p>a</p>\n[display]\n</li>\n</ul>"),
        ("<div>$x$</div>", "<div>(inline)</div>"),
        ('<!-- workings: when="$i$" -->\n$$x$$', '<!-- workings: when="$i$" -->'),
    ],
)
def test_draws(text: str, html: str) -> None:
    """Every way of writing a formula is drawn, wherever it stands."""
    converted = convert(text)
    assert html in converted
    assert "$$" not in converted


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("`$x$`", "<p><code>$x$</code></p>"),
        ("```python\n$x$\n$$\n```", "$x$\n$$"),
        (r"costs \$5 or $6", "<p>costs $5 or $6</p>"),
        ("$5 to $6", "<p>$5 to $6</p>"),
        ("a $ b $ c", "<p>a $ b $ c</p>"),
        ("<pre>$x$</pre>", "<pre>$x$</pre>"),
        ("<!-- $x$ -->", "<!-- $x$ -->"),
        ("a $x\n\ny$ b", "<p>a $x</p>\n<p>y$ b</p>"),
    ],
)
def test_leaves_alone(text: str, html: str) -> None:
    """Code, comments and amounts of money are not formulas."""
    assert html in convert(text)


def test_displays_have_names() -> None:
    """Displays are numbered down the page, so that each can be linked to."""
    html = markdown("$$a$$\n\n$b$\n\n$$c$$", extensions=_EXTENSIONS)
    assert re.findall(r'id="(display-\d+)"', html) == ["display-1", "display-2"]


def test_a_wide_display_can_be_scrolled_from_the_keyboard() -> None:
    """A display wider than a phone is in the tab order, and a narrow one isn't."""
    wide, narrow = (
        markdown(f"$${tex}$$", extensions=_EXTENSIONS) for tex in ("+".join("a" * 30), "a")
    )
    assert 'tabindex="0"' in wide
    assert "tabindex" not in narrow


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("fine $x$\n\nand $\\wrong$", "page.md:12: .*wrong"),
        ("$$\nx \\\\\n\\wrong\n$$", "page.md:10: .*wrong"),
        ("- a\n- b\n- $\\wrong$", "page.md:12: .*wrong"),
        ("a\n\n$$ x\n\nb", "page.md:12: No \\$\\$ closes"),
    ],
)
def test_an_error_names_file_and_line(text: str, place: str) -> None:
    """What can't be read stops the conversion, and says where it stands in the file."""
    settings = {"workings.markdown": {"path": "page.md", "first_line": 10, "check": False}}
    with pytest.raises(MathError, match=place):
        markdown(text, extensions=_EXTENSIONS, extension_configs=settings)


def test_html_is_drawn_too() -> None:
    """Formulas in HTML are drawn, with entities read as the characters they stand for."""
    text = "<p>$a &lt; b$</p><p>$$x$$</p><code>$y$</code>"
    html = draw_in_html(text, "a.ipynb", lambda tex: 1, Hand())
    assert "<mo>&lt;</mo>" in html
    assert re.search(r'</svg><p><span class="formula".*</p><div class="display"', html)
    assert "<code>$y$</code>" in html


def test_an_error_in_html_names_file_and_line() -> None:
    """The line comes from whoever knows the file that the HTML was made from."""
    with pytest.raises(MathError, match=r"a\.ipynb:7: "):
        draw_in_html(r"<p>$\wrong$</p>", "a.ipynb", lambda tex: 7, Hand())
