"""All pages' evidence in, the evidence page out: totals, what uses what, and every claim."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from workings.evidence import Link, Row, Sheet, sheet
from workings.graph import Node, picture
from workings.marks import SIGNS, entry, error, needs, spelled

ENDINGS = (".md", ".ipynb")
WORDS = {"definition": "defines", "meant": "fails, as meant"}
LONGEST = 90

_NAVIGATED = re.compile(r"^ +- (?:[^:\n]+: )?([\w/-]+\.(?:md|ipynb))$", re.MULTILINE)


def ledger(docs: str) -> str:
    """The evidence page of a folder of pages, in Markdown with its tables in HTML."""
    sheets = [found for path in in_order(Path(docs)) if (found := sheet(path)).displays]
    return "\n\n".join([totals(sheets), uses(sheets), *map(claims, sheets)])


def in_order(docs: Path) -> list[str]:
    """The pages below a folder, in the order of the site's navigation where it names them."""
    settings = docs.parent / "mkdocs.yml"
    text = settings.read_text(encoding="utf-8") if settings.exists() else ""
    named = _NAVIGATED.findall(text)
    paths = sorted(path for path in docs.rglob("*") if path.suffix in ENDINGS)
    order = {name: place for place, name in enumerate(named)}
    paths.sort(key=lambda path: order.get(path.relative_to(docs).as_posix(), len(order)))
    return [path.as_posix() for path in paths]


def totals(sheets: list[Sheet]) -> str:
    """One table that counts."""
    links = [link for found in sheets for link in all_links(found)]
    counts = Counter(link.verdict for link in links)
    errors = [link.claim.error for link in links if link.claim.error <= 1e-6]
    displays = sum(len(found.displays) for found in sheets)
    rows = [
        ("pages with mathematics", len(sheets)),
        ("displays", displays),
        ("claims", len(links)),
        ("hold", counts["holds"]),
        ("define something", counts["definition"]),
        ("fail, and are shown as mistakes", counts["meant"]),
        ("waived, with a reason", counts["waived"]),
        ("fail", counts["fails"]),
        ("can’t be checked", counts["unknown"]),
        ("samples", f"{sum(link.claim.samples for link in links):,}".replace(",", " ")),
        ("largest error", error(max(errors, default=0.0)).removeprefix("largest relative error ")),
        ("seconds, in all", f"{sum(found.seconds for found in sheets):.1f}"),
    ]
    body = "".join(
        f'<tr><td>{name}</td><td style="text-align: right">{count}</td></tr>'
        for name, count in rows
        if count or name in ("fail", "can’t be checked")
    )
    head = '<thead><tr><th>in all</th><th style="text-align: right">count</th></tr></thead>'
    return (
        f"<table>{head}<tbody>{body}</tbody></table>\n\n"
        '<p><a href="claims.json" download="workings-claims.json">Every claim as JSON</a>, '
        "as <code>python -m workings check docs --format json</code> prints it.</p>"
    )


def uses(sheets: list[Sheet]) -> str:
    """The picture of which page rests on which, and the same as a list."""
    names = {Path(found.path).stem: found for found in sheets}
    named = {name: title(found) for name, found in names.items()}
    brought = {name: carried(found, names) for name, found in names.items()}
    nodes = [
        Node(name, address(found), short(named[name], 21), short(", ".join(found.defines[:7]), 26))
        for name, found in names.items()
    ]
    drawn = picture(
        nodes, {name: list(used) for name, used in brought.items()}, "Which page rests on which"
    )
    items = "".join(
        f'<li><a href="{address(names[name])}">{html.escape(named[name])}</a> '
        f"{told(used, names, named)}</li>"
        for name, used in brought.items()
    )
    return (
        "## What rests on what\n\nA line leads from each page down to those that take "
        "declarations or definitions from it. A use that follows from two others has no line of "
        "its own. Below a title stands what the page defines.\n\n"
        '<div class="table graphed" tabindex="0" role="group" '
        f'aria-label="picture, scrolls sideways">{drawn}</div>\n\n'
        f'<details class="uses"><summary>The same as a list</summary><ul>{items}</ul></details>'
    )


def told(used: dict[str, list[str]], names: dict[str, Sheet], named: dict[str, str]) -> str:
    if not used:
        return "rests on no other page."
    parts = [
        f'<a href="{address(names[name])}">{html.escape(named[name])}</a>'
        + (f" for {html.escape(', '.join(symbols))}" if symbols else "")
        for name, symbols in used.items()
    ]
    return f"uses {', '.join(parts)}."


def carried(found: Sheet, names: dict[str, Sheet]) -> dict[str, list[str]]:
    """The pages that a page uses, each with those of its definitions that stand in formulas."""
    page = found.result.page
    out: dict[str, list[str]] = {name: [] for name in (page.uses if page else ()) if name in names}
    for symbol in found.rests_on:
        if symbol in found.defines:
            continue
        home = next((name for name in ancestors(found, names) if symbol in names[name].defines), "")
        if home:
            out.setdefault(home, []).append(symbol)
    return out


def ancestors(found: Sheet, names: dict[str, Sheet]) -> list[str]:
    """The pages that a page uses, directly or by way of others, the last taken first."""
    page = found.result.page
    near = [name for name in reversed(page.uses if page else ()) if name in names]
    far = [name for used in near for name in ancestors(names[used], names)]
    return list(dict.fromkeys(near + far))


def claims(found: Sheet) -> str:
    """One page's claims, a row for each."""
    body = "".join(
        row_of_table(found, row, link, shown.seconds / max(len(list(links(shown.rows))), 1))
        for shown in found.displays
        for row in shown.rows
        for link in row.links
    )
    heads = "".join(
        f"<th{right if name in RIGHT else ''}>{name}</th>"
        for name in ("line", "claim", "verdict", "needs", "largest error", "samples", "ms")
        for right in [' style="text-align: right"']
    )
    return (
        f"## {title(found)}\n\n<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


RIGHT = {"line", "samples", "ms"}


def row_of_table(found: Sheet, row: Row, link: Link, seconds: float) -> str:
    claim = link.claim
    first = f' id="{entry(row)}"' if link is row.links[0] else ""
    holds = claim.verdict == "holds"
    verdict = WORDS.get(link.verdict, link.verdict)
    why = f": {html.escape(claim.reason)}" if claim.verdict in ("waived", "unknown") else ""
    cells = [
        f'<td style="text-align: right"><a href="{address(found)}#{row.name}">{claim.line}</a>'
        "</td>",
        f"<td>{short_claim(link)}</td>",
        f'<td class="{link.verdict}">{SIGNS[link.verdict]} {verdict}{why}</td>',
        f"<td>{needs(link) if holds and link.needs else ''}</td>",
        f"<td>{error(claim.error).removeprefix('largest relative error ') if holds else ''}</td>",
        f'<td style="text-align: right">{claim.samples or ""}</td>',
        f'<td style="text-align: right">{1000 * seconds:.0f}</td>',
    ]
    return f"<tr{first}>{''.join(cells)}</tr>"


def short_claim(link: Link) -> str:
    claim = link.claim
    if not claim.right:
        return f"<code>{html.escape(short(claim.left, LONGEST))}</code>"
    return f"{spelled(claim.left)} {html.escape(claim.relation)} {spelled(claim.right)}"


def all_links(found: Sheet) -> Iterator[Link]:
    for shown in found.displays:
        yield from links(shown.rows)


def links(rows: Iterable[Row]) -> Iterator[Link]:
    for row in rows:
        yield from row.links


def title(found: Sheet) -> str:
    """A page's title, or its name where it has none."""
    page = found.result.page
    return page.title if page and page.title else Path(found.path).stem.replace("-", " ")


def address(found: Sheet) -> str:
    """The page's address as seen from the evidence page."""
    name = Path(found.path).stem
    return "../" if name == "index" else f"../{name}/"


def short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip(" ,") + "…"
