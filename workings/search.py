"""What the site's search reads: words, and only when someone searches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

# Drawings, evidence and code are most of a page, and a search for words shall not read them.
_NOT_WORDS = re.compile(r'<(\w+)\b[^>]* data-search-exclude\b|<(div) class="[^"]*\bhighlight\b')
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


def put_words_apart(folder: Path) -> None:
    """Leaves the search index without its words, which `assets/search.js` fetches when asked."""
    index = folder / "search_index.json"
    if index.exists():
        content = index.read_text(encoding="utf-8")
        (folder / "words.json").write_text(content, encoding="utf-8")
        index.write_text(json.dumps(json.loads(content) | {"docs": []}), encoding="utf-8")


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
