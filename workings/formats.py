"""Verdicts in, text for machines out: JSON, GitHub annotations, SARIF 2.1.0."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from workings.plain import plain, safe
from workings.report import Result, summary
from workings.words import cure, place, sentence, witness

if TYPE_CHECKING:
    from workings.claim import Claim

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
RULES = {
    "fails": "The two sides of a relation differ at some inputs.",
    "unknown": "A relation could not be read or could not be tried.",
    "waived": "A relation is not checked, for the reason the page gives.",
    "steps": "A stepper and the chain it is bound to differ.",
    "unreadable": "A file could not be read in full.",
}


def write(wanted: str, results: Iterable[Result], version: str) -> str:
    """The results in the format of that name: json, github or sarif."""
    if wanted == "sarif":
        return sarif(results, version)
    return as_json(results) if wanted == "json" else github(results)


def as_json(results: Iterable[Result]) -> str:
    """An array with one object for each claim, in reading order."""
    claims = [record(result, claim) for result in results for claim in result.claims]
    return json.dumps(finite(claims), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def record(result: Result, claim: Claim) -> dict[str, Any]:
    """A claim as plain keys and values."""
    found, repair = claim.witness, None
    if claim.repair and result.page:
        line, column = result.page.displays[claim.display - 1].place(claim.repair.at)
        repair = {
            "old": claim.repair.old, "new": claim.repair.new, "line": line, "column": column
        }  # fmt: skip
    return {
        "path": claim.path, "cell": claim.cell, "line": claim.line, "column": claim.column,
        "display": claim.display, "claim": claim.claim, "left": claim.left, "right": claim.right,
        "relation": claim.relation, "verdict": claim.verdict, "reason": claim.reason,
        "needs": list(claim.needs), "repair": repair,
        "witness": found and {"sizes": found.sizes, "inputs": found.inputs,
                              "indices": found.indices, "left": found.left, "right": found.right},
        "follows": claim.follows, "warnings": list(claim.warnings), "error": claim.error,
        "samples": claim.samples, "sizes": list(claim.sizes), "meant": claim.meant,
        "passes": claim.passes, "steps": claim.steps,
    }  # fmt: skip


def finite(value: Any) -> Any:
    """The same value with null for a number that JSON has no spelling for."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def message(claim: Claim) -> str:
    """What there is to say about a claim, in a sentence or two."""
    said = f"{plain(claim.left)} {claim.relation} {plain(claim.right)}".strip()
    parts = [f"{said}: {claim.verdict}" + (", as it is meant to" if claim.meant else "")]
    parts += [sentence(claim.reason)] if claim.reason else []
    parts += [witness(claim.witness)] if claim.witness else []
    parts += [cure(claim.repair)] if claim.repair else []
    parts += [sentence(warning) for warning in claim.warnings]
    return "; ".join(parts)


def noted(claim: Claim) -> bool:
    """Whether a claim is worth a note to a machine's reader."""
    return claim.verdict not in ("definition", "holds") or bool(claim.warnings)


def github(results: Iterable[Result]) -> str:
    """Workflow commands that put each finding beside its line in a pull request."""
    results = list(results)
    lines = [line for result in results for line in commands(result)]
    return "\n".join([*lines, summary(results)]) + "\n"


def commands(result: Result) -> Iterator[str]:
    for claim in filter(noted, result.claims):
        level = "error" if not claim.passes else "warning" if claim.verdict == "holds" else "notice"
        where = f"cell {claim.cell}, line {claim.line}: " if claim.cell else ""
        yield command(level, claim.path, claim.verdict, where + message(claim),
                      None if claim.cell else (claim.line, claim.column))  # fmt: skip
    for mismatch in result.steppers:
        at = None if mismatch.cell else (mismatch.line, 1)
        yield command("error", result.path, "out of step", mismatch.reason, at)
    if result.problem:
        yield command("error", result.path, "unreadable", result.problem)


def command(level: str, path: str, title: str, words: str,
            at: tuple[int, int] | None = None) -> str:  # fmt: skip
    """One workflow command; whatever would end it early is escaped."""
    fields = {"file": path} | ({"line": at[0], "col": at[1]} if at else {}) | {"title": title}
    told = ",".join(f"{key}={escaped(str(value), ':,')}" for key, value in fields.items())
    return f"::{level} {told}::{escaped(safe(words))}"


def escaped(words: str, more: str = "") -> str:
    for mark in "%\r\n" + more:
        words = words.replace(mark, f"%{ord(mark):02X}")
    return words


def sarif(results: Iterable[Result], version: str) -> str:
    """A SARIF log with one run; waivers and mistakes on purpose are suppressed in the source."""
    results = list(results)
    driver = {
        "name": "workings", "version": version,
        "rules": [{"id": rule, "shortDescription": {"text": said}} for rule, said in RULES.items()],
    }  # fmt: skip
    unread = [
        {
            "level": "error",
            "message": {"text": safe(result.problem)},
            "locations": [location(result.path)],
        }
        for result in results
        if result.problem
    ]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not unread, "toolExecutionNotifications": unread}],
        "results": [finding for result in results for finding in findings(result)],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def findings(result: Result) -> Iterator[dict[str, Any]]:
    for claim in result.claims:
        if claim.verdict in ("definition", "holds"):
            continue
        at = (claim.line, claim.column)
        level = "note" if claim.passes else "error"
        found = finding(claim.verdict, level, message(claim), claim.path, at, claim.cell)
        if claim.passes:
            why = claim.reason or "shown as a mistake on purpose"
            found["suppressions"] = [{"kind": "inSource", "justification": safe(why)}]
        if claim.repair and result.page and not claim.cell:
            found["fixes"] = [fix(result, claim)]
        yield found
    for mismatch in result.steppers:
        at = (mismatch.line, 1)
        yield finding("steps", "error", mismatch.reason, result.path, at, mismatch.cell)
    if result.problem:
        yield finding("unreadable", "error", result.problem, result.path)


def finding(rule: str, level: str, words: str, path: str, at: tuple[int, int] | None = None,
            cell: int | None = None) -> dict[str, Any]:  # fmt: skip
    where = f"{place(path, *at, cell)}: " if at and cell else ""
    return {
        "ruleId": rule, "ruleIndex": list(RULES).index(rule), "level": level,
        "message": {"text": safe(where + words)},
        "locations": [location(path, None if cell else at)],
    }  # fmt: skip


def location(path: str, at: tuple[int, int] | None = None) -> dict[str, Any]:
    """A place in a file, the path as a relative reference."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(path)}}
    if at:
        physical["region"] = {"startLine": at[0], "startColumn": at[1]}
    return {"physicalLocation": physical}


def uri(path: str) -> str:
    return quote(path.replace("\\", "/"), safe="/", errors="surrogateescape")


def fix(result: Result, claim: Claim) -> dict[str, Any]:
    """The repair of a claim as a replacement in its file."""
    assert result.page is not None
    assert claim.repair is not None
    display = result.page.displays[claim.display - 1]
    (line, column), (last, after) = map(display.place, (claim.repair.at, claim.repair.end))
    region = {"startLine": line, "startColumn": column, "endLine": last, "endColumn": after}
    replacement = {"deletedRegion": region, "insertedContent": {"text": claim.repair.new}}
    return {
        "description": {"text": cure(claim.repair)},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri(claim.path)}, "replacements": [replacement]}
        ],
    }
