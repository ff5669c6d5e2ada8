"""A theme's style sheet without the rules that no page of the site has a use for.

For every element of a page the browser tries each rule that could end there, and a theme brings
rules for much that a site never shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from pathlib import Path

import tinycss2
from tinycss2.ast import AtRule, Node, QualifiedRule

_NAMES = re.compile(r'\s(?:class|id)=(?:"([^"]*)"|([^\s">]+))')
_WORDS = re.compile(r"[\w-]+")
_TAB = re.compile(r"__tabbed_\d+_(\d+)")
# Rules that hold others, which may be left out one by one.
_HOLDERS = ("media", "supports")


def prune(site: Path) -> None:
    """Leaves out of the theme's style sheet what no page of a finished site uses."""
    pages = [page.read_text(encoding="utf-8") for page in site.rglob("*.html")]
    files = [*site.glob("assets/*.js"), *site.glob("assets/*/*.js")]
    used = names(pages, [script.read_text(encoding="utf-8") for script in files])
    for sheet in site.glob("assets/stylesheets/main.*.css"):
        sheet.write_text(pruned(sheet.read_text(encoding="utf-8"), used), encoding="utf-8")


def names(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """The classes and ids that pages have, and every word by which a script may give them more."""
    found = {
        name
        for page in pages
        for double, bare in _NAMES.findall(page)
        for name in (double or bare).split()
    }
    return found.union(*(_WORDS.findall(script) for script in scripts))


def pruned(sheet: str, names: Set[str]) -> str:
    """A style sheet without the selectors that name a class or id not among `names`.

    A theme has rules for twenty tabs in a row; those beyond the largest set of tabs go as well.
    """
    tabs = max((int(tab[1]) for name in names if (tab := _TAB.fullmatch(name))), default=0)
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return _rules(rules, names, tabs)


def _rules(rules: list[Node], names: Set[str], tabs: int) -> str:
    return "".join(_rule(rule, names, tabs) for rule in rules)


def _rule(rule: Node, names: Set[str], tabs: int) -> str:
    if isinstance(rule, QualifiedRule):
        kept = [s for s in _selectors(rule.prelude) if _used(s, names, tabs)]
        heads = ",".join(tinycss2.serialize(selector) for selector in kept)
        return f"{heads}{{{tinycss2.serialize(rule.content)}}}" if kept else ""
    if isinstance(rule, AtRule) and rule.lower_at_keyword in _HOLDERS and rule.content:
        held = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        body = _rules(held, names, tabs)
        head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
        return f"{head}{{{body}}}" if body else ""
    text: str = tinycss2.serialize([rule])
    return text


def _selectors(prelude: list[Node]) -> list[list[Node]]:
    """A rule's selectors, which commas part."""
    parts: list[list[Node]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _used(selector: list[Node], names: Set[str], tabs: int) -> bool:
    """Whether an element may match. What stands in brackets is not looked into."""
    of_tabs = False
    for before, token in zip([None, *selector], selector, strict=False):
        if (before == "." and token.type == "ident") or token.type == "hash":
            if token.value not in names:
                return False
            of_tabs |= token.value.startswith("tabbed-")
        elif of_tabs and token.type == "function" and token.lower_name == "nth-child":
            which = token.arguments[0]
            if which.type == "number" and which.int_value > tabs:
                return False
    return True
