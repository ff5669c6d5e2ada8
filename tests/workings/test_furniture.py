"""A page's finished HTML, fitted to small screens and slow phones."""

import pytest

from workings.furniture import fitted

CODE = [
    ('<span class="n">np</span><span class="o">.</span><span class="n">sum</span>',
     'np<span class="p">.</span>sum'),
    ('<span class="p">)</span> <span class="o">-&gt;</span> <span class="nb">int</span>',
     '<span class="p">) -&gt;</span> <span class="nb">int</span>'),
    ('<span class="p">]:</span>\n<span class="w">    </span><span class="p">(</span>',
     '<span class="p">]:</span>\n    <span class="p">(</span>'),
    ('<span class="k">yield</span> <span class="n">p</span>', '<span class="k">yield</span> p'),
]  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), CODE)
def test_code_has_no_more_elements_than_colours(html: str, expected: str) -> None:
    """Names and blanks need no element, and neighbouring signs of a line share one."""
    assert fitted(html) == expected


def test_a_keyboard_reaches_code() -> None:
    """Code may be longer than its box, whether a page or a notebook shows it."""
    shown = fitted("<pre><span></span><code>a</code></pre><pre><code>b</code></pre>")
    assert shown.count('<code tabindex="0">') == 2
