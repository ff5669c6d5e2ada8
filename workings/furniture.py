"""A page's finished HTML: tables, tabs and code as a small screen and a slow phone need them."""

from __future__ import annotations

import re

_TABLE = re.compile(r"<table(?: border=\"1\" class=\"dataframe\")?>(.*?)</table>", re.DOTALL)
_CORNER = re.compile(r"<th\b[^>]*>\s*</th>")
_HEADER = re.compile(r"<th\b.*?</th>", re.DOTALL)
_SCRIPTED_TABS = re.compile(r'(<div class="tabbed-set[^"]*") data-tabs="[^"]*"')
# Names and blanks look as plain code does, and an operator like punctuation.
_PLAIN = re.compile(r'<span class="(?:n|w)">([^<]*)</span>')
_SIGNS = re.compile(r'<span class="[op]">[^<]*</span>(?: *<span class="[op]">[^<]*</span>)*')
_CODE = re.compile(r"(<pre><(?:span></span><)?code)(?![^>]* tabindex)")
_TAG = re.compile(r"<[^>]*>")


def fitted(html: str) -> str:
    """Tables in boxes that scroll, with headers that speak, tabs that need no script, lean code.

    Tables say how tall they are, for browsers that leave out what nobody sees yet. A keyboard
    reaches code, which may be longer than its box; the theme lets go of what is not.

    The theme would measure each set of tabs for a line that glides below the open one, and have
    the browser lay out the page as often as it has tabs; the style sheet draws that line.
    """
    html = _CODE.sub(r'\1 tabindex="0"', html)
    html = _SCRIPTED_TABS.sub(r"\1", _TABLE.sub(_boxed, _HEADER.sub(_named, html)))
    return _SIGNS.sub(_together, _PLAIN.sub(r"\1", html))


def _boxed(table: re.Match[str]) -> str:
    """A table in a box that scrolls, and that says how tall it is before anyone sees it."""
    return (
        '<div class="table" tabindex="0" role="group" aria-label="table, scrolls sideways" '
        f'style="--rows:{table[1].count("<tr")}"><table class="plain">{table[1]}</table></div>'
    )


def _named(header: re.Match[str]) -> str:
    """A table's header with its formula named in words, since MathML alone names no column."""
    if _CORNER.fullmatch(header[0]):
        return "<td></td>"
    words = " ".join(re.findall(r"<m\w+[^>]*>([^<]+)<", header[0]))
    return header[0].replace("<math ", f'<math aria-label="{words}" ')


def _together(signs: re.Match[str]) -> str:
    """Neighbouring signs of a line of code in one span."""
    return f'<span class="p">{_TAG.sub("", signs[0])}</span>'
