"""A page in, a digest out that changes with whatever the page's evidence or its HTML rests on."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from workings.page import Page, PageError, read

_PACKAGES = (
    "markdown", "markdown-exec", "matplotlib", "mkdocs", "mkdocs-jupyter", "numpy",
    "pymdown-extensions",
)  # fmt: skip
# `import snippets.softmax`, `from snippets import softmax`
_IMPORTED = re.compile(r"\bsnippets(?:\.(\w+)|\s+import\s+\(?([\w\s,]+))")
# `"softmax:gradient"`, as a display or a table names a stepper, and `"softmax.py:gradient"`
_NAMED = re.compile(r"\"(\w+)(?:\.py)?:\w")
_RUNS = re.compile(r"^[ \t]*(?:from|import) ((?:workings|benchmarks)\.\w+)", re.MULTILINE)
# What a page's code reads by way of these modules, beside the page itself and its snippets.
_READS: dict[str, tuple[str, ...]] = {
    "benchmarks": ("benchmarks/*.*",),
    "workings.bundle": ("docs/*.md", "package-lock.json"),
    "workings.table": (),
    "workings.transcript": (),
}
_READS_ANYTHING = ("docs/*", "snippets/*.py", "benchmarks/*.*")


@dataclass(frozen=True)
class Keys:
    """The digests of what a page's formulas mean, and of what its evidence and its HTML rest on."""

    formulas: str
    evidence: str
    drawing: str


def keys(path: str, root: Path) -> Keys:
    """The digests for the page at a path, of the site at `root`."""
    evidence = of_evidence(path)
    return Keys(of_formulas(path), evidence, of_drawing(path, root, evidence))


def of_formulas(path: str) -> str:
    """The digest of the formulas of the page at a path, and of those they build on."""
    return _digest([path.encode(), engine(), lent(path), *map(lent, uses(path))])


def of_evidence(path: str) -> str:
    """The digest of what the verdicts, values and steppers of the page at a path rest on."""
    parts = map(_bytes, [Path(path), *snippets(path)])
    return _digest([of_formulas(path).encode(), *parts])


def of_drawing(path: str, root: Path, evidence: str) -> str:
    """The digest of what the HTML of a page rests on, given that of its evidence."""
    text = _bytes(Path(path)).decode(errors="replace")
    patterns = {pattern for module in _RUNS.findall(text) for pattern in _reads(module)}
    read_too = {file for pattern in patterns for file in root.glob(pattern) if file.is_file()}
    files = [root / "mkdocs.yml", *sorted(read_too)]
    return _digest([evidence.encode(), packages(), *map(_bytes, files)])


def snippets(path: str) -> list[Path]:
    """The snippets that a page names, and those that they import."""
    folder = Path(path).resolve().parents[1] / "snippets"
    text = _bytes(Path(path)).decode(errors="replace")
    found = [folder / f"{name}.py" for name in sorted({*_NAMED.findall(text), *_imports(text)})]
    for snippet in found:
        names = _imports(_bytes(snippet).decode(errors="replace"))
        found += [made for name in names if (made := folder / f"{name}.py") not in found]
    return [snippet for snippet in found if snippet.exists()]


def uses(path: str) -> list[str]:
    """The pages that a page uses, and those that they use."""
    found = [path]
    for page in found:
        read_page = _read(page, _written(page))
        folder = Path(page)
        named = read_page.uses if read_page else ()
        found += [x for name in named if (x := str(folder.with_name(f"{name}.md"))) not in found]
    return found[1:]


def lent(path: str) -> bytes:
    """What a page gives to those that use it: prose may come and go, and its lines may move."""
    page = _read(path, _written(path))
    if page is None:
        return _bytes(Path(path))
    displays = tuple(replace(display, line=0, column=0) for display in page.displays)
    return repr(replace(page, displays=displays)).encode()


@cache
def engine() -> bytes:
    """A digest of the engine's own files."""
    return _digest(map(_bytes, sorted(Path(__file__).parent.glob("*.[jp]*")))).encode()


@cache
def packages() -> bytes:
    """The versions of Python and of the packages that a page's HTML comes from."""
    return " ".join([sys.version, *map(version, _PACKAGES)]).encode()


def _reads(module: str) -> tuple[str, ...]:
    return _READS.get(module, _READS.get(module.partition(".")[0], _READS_ANYTHING))


@lru_cache(maxsize=200)
def _read(path: str, _: tuple[int, int]) -> Page | None:
    try:
        return read(path)
    except PageError:
        return None


def _written(path: str) -> tuple[int, int]:
    """When a file was last written, and its size; nothing where there is none."""
    file = Path(path)
    return (file.stat().st_mtime_ns, file.stat().st_size) if file.exists() else (0, 0)


def _imports(text: str) -> Iterator[str]:
    for dotted, listed in _IMPORTED.findall(text):
        yield from re.findall(r"\w+", dotted or listed)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
