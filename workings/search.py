"""What the site's search reads: words alone, and when it fetches them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

# Drawings, evidence and code are most of a page, and a search for words shall not read them.
_NOT_WORDS = re.compile(r'<(\w+)\b[^>]* data-search-exclude\b|<(div) class="[^"]*\bhighlight\b')
_FETCHED_AT_ONCE = 'location.protocol!=="file:"'
_ASIDE = re.compile(r'<i data-aside="(\d+)"></i>')


class Aside:
    """What is no words, kept apart from its pages while the search index is made."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def take(self, html: str) -> str:
        """A page with a stand-in for each such part."""
        left, end = [], 0
        for start, stop in _wordless(html):
            left += [html[end:start], f'<i data-aside="{len(self._kept)}"></i>']
            self._kept.append(html[start:stop])
            end = stop
        return "".join([*left, html[end:]])

    def put_back(self, html: str) -> str:
        return _ASIDE.sub(lambda mark: self._kept[int(mark[1])], html)

    def clear(self) -> None:
        self._kept.clear()


def fetch_late(site: Path) -> None:
    """Has a page fetch the search index when a search is opened, not as it starts.

    The theme's script does so on pages read from a disk; here it takes each page for one. A script
    that says so in other words is left as it is, and works.
    """
    for script in site.glob("assets/javascripts/bundle.*.js"):
        text = script.read_text(encoding="utf-8")
        script.write_text(text.replace(_FETCHED_AT_ONCE, "!1"), encoding="utf-8")


def _wordless(html: str) -> Iterator[tuple[int, int]]:
    """The elements that a search for words shall not read, outermost first."""
    end = 0
    for found in _NOT_WORDS.finditer(html):
        if found.start() < end:
            continue
        depth = 0
        for tag in re.finditer(rf"<(/?){found[1] or found[2]}\b", html[found.start() :]):
            depth += -1 if tag[1] else 1
            if not depth:
                end = found.start() + html[found.start() :].index(">", tag.end()) + 1
                yield found.start(), end
                break
