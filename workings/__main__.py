"""The command line: `python -m workings check docs`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workings.page import Page
    from workings.progress import Bar
    from workings.report import Mismatch, Result

ENDINGS = (".md", ".ipynb")
SKIPPED = {"site", "node_modules", "__pycache__"}
PLACE = r"(?:(?P<path>.*?):)?(?:(?:cell )?(?P<cell>\d+):)?(?P<line>\d+)"
EPILOG = """\
Folders are searched for Markdown files and notebooks; hidden folders and site/ are left out.

exit status:
  0  every relation holds, defines something, or is waived with a reason
  1  a relation fails, or a stepper is out of step with its chain
  2  a relation is unknown and none fails; or, whatever else was found,
     a file is missing, can't be read, or has displays that were not counted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = build()
    options = parser.parse_args(arguments)
    try:
        return options.run(options, parser)  # type: ignore[no-any-return]
    except BrokenPipeError:
        # The reader of the output has gone; Python would complain once more while closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def build() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workings", description="Check the mathematics of pages.")
    parser.add_argument("--version", action=Version, help="print the version and stop")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    check = commands.add_parser(
        "check", help="check every relation of the pages", epilog=EPILOG,
        description="Read the LaTeX of pages and try every relation in it on numbers.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    check.add_argument(
        "paths", nargs="*", metavar="PATH", help="a Markdown file, a notebook or a folder"
    )
    check.add_argument(
        "--format", choices=("text", "json", "github", "sarif"), default="text",
        help="how to write the verdicts; text is the default",
    )  # fmt: skip
    check.add_argument(
        "--explain", metavar="[PATH:]LINE",
        help="take the display on that line apart: trees, axes, numbers",
    )  # fmt: skip
    check.add_argument(
        "-v", "--verbose", action="store_true", help="show every claim, with what it rests on"
    )
    check.set_defaults(run=run)
    return parser


class Version(argparse.Action):
    """Prints the version; looks it up only when asked, which keeps the start quick."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *rest: Any) -> None:
        print(f"workings {version()}")
        parser.exit()


def version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("workings")
    except PackageNotFoundError:
        return "not installed"


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Check pages and write what was found."""
    if options.explain:
        return run_explain(options, parser)
    if not options.paths:
        parser.error("say which pages to check, for example: workings check docs")
    from workings import report

    results = check(options.paths)
    machine = options.format != "text"
    reconfigure(machine)
    if machine:
        from workings import formats

        sys.stdout.write(formats.write(options.format, results, version()))
        for result in results:
            if result.problem:
                print(f"workings: {result.problem}", file=sys.stderr)
            if options.format == "json":
                for mismatch in result.steppers:
                    where = f"{result.path}:{mismatch.line}"
                    print(f"workings: {where}: {mismatch.reason}", file=sys.stderr)
    else:
        print(report.text(results, options.verbose, coloured(sys.stdout), width()))
    sys.stdout.flush()
    return report.status(results)


def run_explain(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Take apart the display on a line."""
    match = re.fullmatch(PLACE, options.explain)
    if not match:
        parser.error("--explain takes a line, or a path, a colon and a line: docs/softmax.md:29")
    paths = [match["path"]] if match["path"] else options.paths
    if len(paths) != 1:
        parser.error("--explain takes one page: workings check --explain docs/softmax.md:29")
    from workings.explain import explain, find
    from workings.page import PageError, read
    from workings.report import Result, status
    from workings.scope import DeclarationError

    reconfigure(machine=False)
    try:
        page = read(checked(paths[0]))
        numbers = find(page, int(match["line"]), int(match["cell"]) if match["cell"] else None)
        if not numbers:
            lines = ", ".join(str(display.line) for display in page.displays) or "none"
            raise PageError(
                f"{paths[0]}: no display on line {match['line']}; displays begin on lines {lines}"
            )
        told, claims = explain(page, numbers)
    except (PageError, DeclarationError) as error:
        print(f"workings: {located(paths[0], error)}", file=sys.stderr)
        return 2
    sys.stdout.write(told)
    sys.stdout.flush()
    return status([Result(page.path, page, claims)])


def check(paths: Sequence[str]) -> list[Result]:
    """The results of all files, in the order of the paths and of the names in each folder."""
    from workings.page import PageError, read
    from workings.progress import Bar
    from workings.report import Result

    waiting: list[tuple[str, Page | None, str]] = []
    for path in dict.fromkeys(file for given in paths for file in files(given)):
        try:
            waiting.append((path, read(checked(path)), ""))
        except PageError as error:
            waiting.append((path, None, str(error)))
    bar = Bar(sum(len(page.displays) for _, page, _ in waiting if page))
    results = []
    for path, page, problem in waiting:
        results.append(examine(page, bar) if page else Result(path, problem=problem))
        bar.done += len(page.displays) if page else 0
    bar.clear()
    return results


def files(path: str) -> list[str]:
    """The pages below a path; a path that is none stands for itself, to be reported."""
    if not Path(path).is_dir():
        return [path]
    found = []
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(x for x in inner if not x.startswith(".") and x not in SKIPPED)
        pages = sorted(x for x in names if x.endswith(ENDINGS) and not x.startswith("."))
        found += [str(Path(folder, x)) for x in pages]
    return found or [path]


def checked(path: str) -> str:
    """The path itself, if it may be a page."""
    from workings.page import PageError

    if Path(path).is_dir():
        raise PageError(f"{path}: no Markdown file or notebook in this folder")
    if Path(path).exists() and not path.endswith(ENDINGS):
        raise PageError(f"{path}: is neither Markdown (.md) nor a notebook (.ipynb)")
    return path


def examine(page: Page, bar: Bar) -> Result:
    """Check one page, count its displays a second way, and run the steppers bound to it."""
    from workings.reading import check
    from workings.report import Result
    from workings.scan import missed, untold
    from workings.scope import DeclarationError

    try:
        claims = tuple(check(page, bar.tick))
    except DeclarationError as error:
        return Result(page.path, page, problem=located(page.path, error))
    text = Path(page.path).read_text(encoding="utf-8")
    problem = missed(page, text) or untold(page, claims)
    return Result(page.path, page, claims, problem, tuple(mismatches(page)))


def mismatches(page: Page) -> list[Mismatch]:
    """Where the steppers bound to a page part ways with their chains."""
    if not any(display.steps for display in page.displays):
        return []
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    from workings.report import Mismatch

    if find_spec("numpy") is None:
        first = next(display for display in page.displays if display.steps)
        reason = "steppers run in NumPy, which is not installed here: pip install numpy"
        return [Mismatch(first.line, f"{first.steps}: {reason}", first.cell)]
    from workings.stepper import compare

    made = []
    for found in compare(page):
        which = f"yield {found.number} ({found.source}): " if found.number else ""
        made.append(Mismatch(found.line, f"{found.steps}: {which}{found.reason}", found.cell))
    return made


def located(path: str, error: Exception) -> str:
    """What an error says, with the file in front of it."""
    return str(error) if str(error).startswith(path) else f"{path}: {error}"


def reconfigure(machine: bool) -> None:
    """Machines read UTF-8; people read what their terminal can show, the rest spelled out."""
    stream: Any = sys.stdout
    stream.reconfigure(encoding="utf-8" if machine else None, errors="backslashreplace")


def coloured(stream: Any) -> bool:
    unwanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return bool(stream.isatty()) and not unwanted


def width() -> int:
    """How many columns a source row may take, the line number beside it."""
    import shutil

    return max(40, min(shutil.get_terminal_size((108, 24)).columns, 160) - 8)


if __name__ == "__main__":
    sys.exit(main())
