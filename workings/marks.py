"""Evidence in, HTML out: a mark at each row of a display, and what stands behind it.

A mark is a `<details>`, so it opens without a script. Its summary stands beside its row; its
evidence opens below the display.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from workings.evidence import Link, Row, Sheet, Shown, said
from workings.plain import plain
from workings.words import cure, number, sentence, witness

SIGNS = {
    "definition": "≔",
    "holds": "✓",
    "waived": "~",
    "meant": "✗",
    "fails": "✗",
    "unknown": "?",
}
WORDS = {
    "definition": "defines",
    "holds": "holds",
    "waived": "is waived",
    "meant": "fails, as it is meant to",
    "fails": "fails",
    "unknown": "can’t be checked",
}
# A relative error beyond this is one against zero: such a claim was settled in 50 digits.
_AGAINST_ZERO = 1e-6
_LOWERED = re.compile(r"_(?:\(([^()]*)\)|([^\W_]+(?:,[^\W_]+)*))")
_RAISED = re.compile(r"\^(?:\(([^()]*)\)|([^\W_]|−?\d+))")


@dataclass(frozen=True)
class Places:
    """Where links lead: the folder that holds the repository's files, and the evidence page."""

    source: str = ""
    ledger: str = ""


def with_wrong_rows(svg: str, shown: Shown) -> str:
    """A drawing with the rows that must not be published in red."""
    wrong = [row.number for row in shown.rows if not row.passes]
    if not wrong:
        return svg
    if 'data-row="' not in svg:
        return svg.replace("<svg ", '<svg class="wrong" ', 1)
    for row in wrong:
        svg = svg.replace(f'<g data-row="{row}"', f'<g class="wrong" data-row="{row}"', 1)
    return svg


def marks(shown: Shown, heights: tuple[float, ...], places: Places) -> str:
    """The marks of a display, each beside its row; `heights` are the rows' places in ex."""
    made = []
    for row in shown.rows:
        ex = heights[min(row.number, len(heights)) - 1] if heights else 0.0
        made.append(mark(row, len(shown.rows) == 1, round(ex, 2), shown, places))
    return "".join(made)


def mark(row: Row, alone: bool, ex: float, shown: Shown, places: Places) -> str:
    name = "This line" if alone else f"Line {row.number}"
    state = " open" if not row.passes else ""
    code = next((link.code for link in row.links if link.code), None)
    lines = [line for link in row.links if link.code for line in link.code[1]]
    data = f' data-code="{code[0]} {" ".join(map(str, dict.fromkeys(lines)))}"' if code else ""
    numbers = " ".join(str(link.claim.claim) for link in row.links)
    parts = "".join(
        f"{heading(link) if len(row.links) > 1 else ''}{body(link, places)}" for link in row.links
    )
    parts += "".join(fact("code", "wrong", html.escape(reason)) for reason in row.mismatches)
    return (
        f'<details class="row {row.verdict}" data-search-exclude data-row="{row.number}"'
        f' data-link="{numbers}"'
        f'{data}{state}><summary id="{row.name}" style="--at:{ex}ex"'
        f' aria-label="{name} {WORDS[row.verdict]}: evidence"><span>{SIGNS[row.verdict]}</span>'
        f'</summary><div class="evidence"><p class="verdict">{name} {WORDS[row.verdict]}.'
        f' <a href="#{row.name}">Link to it</a></p><dl>{parts}'
        f"{fact('time', '', duration(shown))}</dl></div></details>"
    )


def heading(link: Link) -> str:
    claim = link.claim
    said = f"{spelled(claim.left)} {claim.relation} {spelled(claim.right)}"
    return f'<div class="claim"><dt>claim</dt><dd>{said}</dd></div>'


def body(link: Link, places: Places) -> str:
    """All that is known about one claim, as pairs of a word and what it stands for."""
    return "".join(fact(*found) for found in facts(link, places))


def fact(name: str, kind: str, told: str) -> str:
    classes = f' class="{kind}"' if kind else ""
    return f"<div{classes}><dt>{name}</dt><dd>{told}</dd></div>"


def facts(link: Link, places: Places) -> Iterator[tuple[str, str, str]]:
    claim = link.claim
    if claim.reason:
        yield "reason", "" if claim.passes else "wrong", html.escape(sentence(claim.reason))
    if claim.witness:
        yield "witness", "" if claim.passes else "wrong", scripts(witness(claim.witness))
    if claim.repair:
        yield "repair", "right", with_code(cure(claim.repair))
    if link.values and claim.verdict == "definition":
        yield "value", "numbers", told_over(link, link.values[0])
    elif link.values:
        yield "left", "numbers", told_over(link, link.values[0])
        yield "right", "numbers", link.values[1]
    if claim.samples and claim.verdict == "holds":
        yield "tried", "", tried(link)
    if claim.verdict == "holds":
        yield "needs", "", needs(link)
    for warning in claim.warnings:
        yield "note", "", html.escape(sentence(warning))
    if link.code:
        file, lines = link.code
        yield "code", "", ", ".join(
            anchor(f"{places.source}{file}#L{line}" if places.source else "",
                   f"{file}:{line}" if i == 0 else str(line))
            for i, line in enumerate(dict.fromkeys(lines))
        )  # fmt: skip
    if link.test:
        path = link.test.partition("::")[0]
        yield "test", "", anchor(places.source and places.source + path, link.test)


def told_over(link: Link, values: str) -> str:
    if not link.over:
        return values
    return f"{values} <span>for each {html.escape(', '.join(link.over))}</span>"


def tried(link: Link) -> str:
    """The sizes, the samples and the largest error of a claim that holds."""
    claim = link.claim
    axes = list(dict.fromkeys(axis for sizes in claim.sizes for axis in sizes if "?" not in axis))
    axes = [axis for axis in axes if not axis.isdigit()]
    told = f"{claim.samples} sample{'s' if claim.samples != 1 else ''}"
    if len(axes) == 1:
        told += f" at {plain(axes[0])} = " + ", ".join(
            dict.fromkeys(str(sizes[axes[0]]) for sizes in claim.sizes if axes[0] in sizes)
        )
    elif axes:
        groups = dict.fromkeys(
            ", ".join(str(sizes.get(axis, "?")) for axis in axes) for sizes in claim.sizes
        )
        told += f" at ({', '.join(map(plain, axes))}) = " + ", ".join(f"({g})" for g in groups)
    return html.escape(told) + f"; {error(claim.error)}"


def error(value: float) -> str:
    if value > _AGAINST_ZERO:
        return "zero to 50 digits"
    if not value:
        return "no error"
    return f"largest relative error {powers(number(value, 2))}"


def needs(link: Link) -> str:
    """The assumption that a claim can't do without, or that there is none."""
    if not link.needs:
        return "no assumption"
    return ", ".join(map(scripts, link.needs))


def scripts(text: str) -> str:
    """Plain text with its indices lowered and its powers raised."""
    raised = powers(html.escape(text))
    return _LOWERED.sub(lambda m: f"<sub>{m[1] or m[2]}</sub>", raised)


def powers(text: str) -> str:
    return _RAISED.sub(lambda m: f"<sup>{m[1] or m[2]}</sup>", text)


def spelled(tex: str) -> str:
    return scripts(plain(tex))


def with_code(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text))


def duration(shown: Shown) -> str:
    """What checking a display took, since its rows are checked together."""
    told = f"{max(1, round(shown.seconds * 1000))} ms"
    return told if len(shown.rows) == 1 else f"{told} for all {len(shown.rows)} lines"


def anchor(address: str, text: str) -> str:
    words = html.escape(text)
    return f'<a href="{html.escape(address)}">{words}</a>' if address else words


def inline(shown: Shown, drawn: str, places: Places) -> str:
    """An inline formula with a tick after it, which leads to its evidence on the evidence page."""
    row = shown.rows[0]
    classes = f"tick {row.verdict}"
    label = f"{WORDS[row.verdict]}"
    if not row.passes:
        why = "; ".join([*(said(x.claim) for x in row.links), *row.mismatches])
        return (
            f'{with_wrong_rows(drawn, shown)}<span class="{classes}" id="{row.name}">'
            f"{SIGNS[row.verdict]} {label}: {html.escape(why)}</span>"
        )
    if not places.ledger:
        return f'{drawn}<span class="{classes}" id="{row.name}">{SIGNS[row.verdict]}</span>'
    return (
        f'{drawn}<a class="{classes}" id="{row.name}" href="{places.ledger}#{entry(row)}"'
        f' aria-label="this {label}: evidence">{SIGNS[row.verdict]}</a>'
    )


def entry(row: Row) -> str:
    """The name of a row on the evidence page."""
    return f"on-{row.name}"


def trouble(sheet: Sheet) -> str:
    """What keeps a whole page from being checked, in red at its top; empty if nothing does."""
    if not sheet.result.problem:
        return ""
    return f'<p class="trouble">{html.escape(sheet.result.problem)}</p>'
