"""Score the engine against pages whose verdicts are known: `python -m benchmarks.wild [FOLDER]`.

The folder holds pages, `NAME.md`, each beside a `NAME.json` that lists, for each display in
reading order, the `kind` of each of its links: `definition`, `holds`, `fails` or `ill-formed`.
A link that is `schematic` states a rule over things the page never declares, so `unknown` is a
fair verdict on it. An ill-formed one should end `unknown`, or `fails`, or `holds` with a warning.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workings.claim import Claim
from workings.page import read
from workings.reading import check

FOLDER = Path(__file__).parents[2] / "shared" / "wild"


@dataclass(frozen=True)
class Score:
    """What became of one link: `right`, `wrong`, `unknown`, or `fair` for one outside the count."""

    kind: str
    place: str
    expected: str
    claim: Claim | None


def scores(page: Path) -> Iterator[Score]:
    """A score for each link of one page."""
    known = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["displays"]
    found: dict[int, list[Claim]] = {}
    for claim in check(read(page)):
        found.setdefault(claim.display, []).append(claim)
    for number, display in enumerate(known, start=1):
        claims: list[Claim | None] = [*found.get(number, [])]
        claims += [None] * (len(display["claims"]) - len(claims))
        for link, (claim, expected) in enumerate(
            zip(claims, display["claims"], strict=False), start=1
        ):
            place = f"{page.name}, display {number}, link {link}"
            yield Score(scored(claim, expected), place, expected["kind"], claim)
        for claim in claims[len(display["claims"]) :]:
            yield Score("wrong", f"{page.name}, display {number}", "no such link", claim)


def scored(claim: Claim | None, expected: dict[str, Any]) -> str:
    """How a verdict compares with what is known."""
    verdict = claim.verdict if claim else "missing"
    if expected["kind"] == "ill-formed":
        warned = claim is not None and (verdict != "holds" or claim.warnings)
        return "fair" if verdict in ("unknown", "fails", "holds") and warned else "wrong"
    if expected.get("schematic"):
        return "fair" if verdict in ("unknown", "holds", "definition") else "wrong"
    if verdict == expected["kind"]:
        return "right"
    return "unknown" if verdict == "unknown" else "wrong"


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    pages = [page for page in sorted(folder.glob("*.md")) if page.with_suffix(".json").exists()]
    if not pages:
        print(f"{folder} holds no page with verdicts; say which: python -m benchmarks.wild FOLDER")
        return 2
    found = [score for page in pages for score in scores(page)]
    count = Counter(score.kind for score in found)
    well_formed = count["right"] + count["wrong"] + count["unknown"]
    for score in found:
        if score.kind in ("wrong", "unknown"):
            made = score.claim
            says = f"{made.verdict}: {made.reason or made.warnings}" if made else "nothing"
            print(f"{score.kind}: {score.place}: {score.expected} expected, {says}")
    print(f"{len(pages)} pages, {len(found)} links, {well_formed} of them well-formed")
    print(
        f"wrong {count['wrong']}, unknown {count['unknown']} ({count['unknown'] / well_formed:.1%})"
    )
    return 1 if count["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
