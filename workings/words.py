"""What a verdict says, in words and rounded numbers for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from workings.plain import plain, safe

if TYPE_CHECKING:
    from workings.repair import Repair
    from workings.trial import Witness

LONGEST = 240


def place(path: str, line: int, column: int | None = None, cell: int | None = None) -> str:
    """A place as editors write it; the lines of a notebook are counted in its cell."""
    parts = [safe(path), f"cell {cell}" if cell else "", str(line), str(column or "")]
    return ":".join(part for part in parts if part)


def sentence(words: str) -> str:
    return safe(" ".join(words.split()))


def short(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def cure(repair: Repair) -> str:
    """A repair in words."""
    old, new = repair.old, repair.new
    if not new:
        return f"true without {code(old)}"
    if new.endswith(old) and new != old:
        return f"true with {code(new.removesuffix(old))} before {code(old)}"
    if old.endswith(new) and new != old:
        return f"true without {code(old.removesuffix(new))} before {code(new)}"
    return f"true if {code(old)} is {code(new)}"


def code(tex: str) -> str:
    return f"`{short(sentence(tex))}`"


def witness(found: Witness) -> str:
    """The numbers at which two sides differ, with as few digits as show it."""
    digits = next((d for d in range(3, 12) if number(found.left, d) != number(found.right, d)), 12)
    entry = [v for name, v in found.indices.items() if name.startswith("entry ")]
    given = [f"{plain(name)} = {value}" for name, value in found.sizes.items()]
    given += [f"{plain(name)} = {array(value)}" for name, value in found.inputs.items()]
    given += [f"{plain(n)} = {v}" for n, v in found.indices.items() if not n.startswith("entry ")]
    if entry:
        places = ", ".join(map(str, entry))
        given.append(f"entry {places}" if len(entry) == 1 else f"entry ({places})")
    sides = f"left {number(found.left, digits)}, right {number(found.right, digits)}"
    return f"at {', '.join(given)}: {sides}" if given else sides


def array(value: Any) -> str:
    """A number or nested lists of numbers: (1, 0), ((1, 0), (0, 1))."""
    if isinstance(value, list):
        return f"({', '.join(map(array, value))})"
    return number(value, 3)


def number(value: float, digits: int) -> str:
    """A number rounded for people, with a true minus sign and no minus zero."""
    if not math.isfinite(value):
        return {"inf": "∞", "-inf": "−∞"}.get(str(float(value)), "not a number")
    if value and not 10.0**-digits <= abs(value) < 1e6:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        trimmed = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{trimmed} × 10^{int(power)}".replace("-", "−")
    return f"{round(value, digits) + 0.0:.{digits}f}".rstrip("0").rstrip(".").replace("-", "−")


def several(count: int, one: str, many: str = "", zero: bool = False) -> str:
    """A count with its word; nothing for none, unless zero is to be said."""
    return f"{count} {one if count == 1 else many or one}" if count or zero else ""
