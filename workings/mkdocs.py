"""MkDocs plugin: has every page checked while the site is built, and draws notebooks.

This is the one file that knows MkDocs. What fails stops a build; a server shows it in place.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import multiprocessing
import os
import pickle
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MethodType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from mkdocs.config.config_options import Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import TableOfContents
from mkdocs.utils import get_relative_url

from workings.markdown import Hand, draw_in_html, hand_for
from workings.mathjax import MathError
from workings.notebook import plain

if TYPE_CHECKING:
    from workings.evidence import Sheet

# These live as long as the server does: they hold the MathJax process and the drawn formulas.
_STAYS = {"workings", "workings.markdown", "workings.mathjax", "workings.mkdocs", __name__}
# So few pages are checked before a pool of processes would have started.
_FEW = 3
_WORKERS = 2
_EXECUTED_IMPORT = re.compile(r"^[ \t]*(?:from|import) ([\w.]+)", re.MULTILINE)
_IMPORTED = re.compile(r"\bsnippets(?:\.(\w+)|\s+import\s+\(?([\w\s,]+))")


_TABLE = re.compile(r"<table(?: border=\"1\" class=\"dataframe\")?>(.*?)</table>", re.DOTALL)
# Drawings are most of a page, and what reads it for its words would read all of them.
_DRAWING = re.compile(
    r'<svg style="vertical-align[^>]*>.*?<span class="spoken">.*?</math></span>', re.DOTALL
)
_ASIDE = re.compile(r'<i data-drawing="(\d+)"></i>')
_CORNER = re.compile(r"<th\b[^>]*>\s*</th>")
_HEADER = re.compile(r"<th\b.*?</th>", re.DOTALL)
_LINK_TO_SOURCE = re.compile(r'href="([\w./-]+\.(?:md|ipynb))(#[^"]*)?"')
_BOX = (
    '<div class="table" tabindex="0" role="group" aria-label="table, scrolls sideways">'
    r'<table class="plain">\1</table></div>'
)
_log = logging.getLogger("mkdocs.plugins.workings")


# What rendering sets on a page, but for the links to check: those name files of one build.
_DRAWN = ("content", "toc", "_title_from_render", "present_anchor_ids")


@dataclass(frozen=True)
class _Drawn:
    """What a notebook's run gives its page."""

    content: str
    toc: TableOfContents
    title: str


class WorkingsPlugin(BasePlugin):  # type: ignore[type-arg, no-untyped-call]
    """Draws the site's mathematics, and while serving runs a notebook only when it must."""

    # Without marks nothing is checked: only for measuring what checking costs.
    config_scheme = (("marks", Type(bool, default=True)),)

    def __init__(self) -> None:
        self._serving = False
        self._sheets: dict[str, Future[Sheet] | Sheet] = {}
        self._kept: dict[str, Sheet] = {}
        self._pages: dict[str, dict[str, Any]] = {}
        self._shown: dict[Path, _Drawn] = {}
        self._running = threading.Lock()
        self._with_rows: set[str] = set()
        self._drawings: list[str] = []

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        self._serving = command == "serve"
        if self._serving:
            # A .pyc written into a watched folder would start one more build, and one that is
            # as old as an edit to the second would hide it.
            sys.dont_write_bytecode = True
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Forgets the modules that pages run, since the files may have changed."""
        self._drawings.clear()
        for name in list(sys.modules):
            if name.split(".")[0] in {"snippets", "workings"} and name not in _STAYS:
                del sys.modules[name]
                # `from workings import page` asks the package before it looks for the file.
                package, _, module = name.rpartition(".")
                if package in sys.modules:
                    vars(sys.modules[package]).pop(module, None)
        importlib.invalidate_caches()

    def on_files(self, files: Files, *, config: MkDocsConfig) -> None:
        """Starts checking the pages that have changed, beside the build if there are many."""
        self._sheets.clear()
        self._with_rows.clear()
        if not self.config["marks"]:
            return
        from workings import evidence

        evidence.kept.update(self._kept)
        paths = [_path(page.abs_src_path, config) for page in files.documentation_pages()]
        keys = {path: evidence.fingerprint(path) for path in paths}
        stale = [path for path, key in keys.items() if key not in evidence.kept]
        self._sheets.update({p: evidence.kept[k] for p, k in keys.items() if p not in stale})
        if len(stale) <= _FEW:
            self._sheets.update({path: evidence.sheet(path) for path in stale})
            return
        spawn = multiprocessing.get_context("spawn")
        with_all = ProcessPoolExecutor(_WORKERS, mp_context=spawn)
        self._sheets.update({path: with_all.submit(evidence.checked, path) for path in stale})
        with_all.shutdown(wait=False)

    def _sheet(self, path: str) -> Sheet | None:
        """The evidence of a page, waited for if its check is still running."""
        from workings import evidence

        found = self._sheets.get(path)
        if isinstance(found, Future):
            found = self._sheets[path] = found.result()
            evidence.kept[evidence.fingerprint(path)] = found
        return found

    def _hand(self, path: str, page: Page, config: MkDocsConfig) -> Hand:
        if not self.config["marks"]:
            return Hand(lenient=self._serving)
        from workings.marks import Places

        source = f"{config.repo_url.rstrip('/')}/blob/main/" if config.repo_url else ""
        ledger = get_relative_url("evidence/", page.url)
        return hand_for(self._sheet(path), Places(source, ledger), self._serving)

    def on_page_markdown(
        self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files
    ) -> None:
        path = page.file.abs_src_path
        if path is None or path.endswith(".ipynb"):
            return
        if page.file.src_uri == "evidence.md":
            for other in self._sheets:
                self._sheet(other)
        source = Path(path).read_text(encoding="utf-8-sig")
        config.mdx_configs["workings.markdown"] = {
            "path": _relative(path, config),
            "first_line": 1 + source[: source.rfind(markdown.strip())].count("\n"),
            # Nobody draws a page that is shown as it was.
            "hand": lambda: self._hand(_path(path, config), page, config),
        }

    def on_pre_page(self, page: Page, *, config: MkDocsConfig, files: Files) -> None:
        path = page.file.abs_src_path
        if path is not None and path.endswith(".ipynb"):
            run = page.render
            assert isinstance(run, MethodType)
            page.render = lambda *given: self._render(page, run, *given)  # type: ignore[method-assign]
        elif path is not None and self._serving and page.file.src_uri != "evidence.md":
            page.render = lambda *given: self._render_once(page, Path(path), *given)  # type: ignore[method-assign]

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Puts each table in a box of its own, which scrolls where the screen is narrow."""

        def to_page(link: re.Match[str]) -> str:
            target = files.get_file_from_path(link[1])
            if target is None:
                _log.warning("%s links to %s, which is no page", page.file.src_uri, link[1])
                return link[0]
            return f'href="{target.url_relative_to(page.file)}{link[2] or ""}"'

        if self.config["marks"]:
            html = self._with_troubles(html, page, config)
        html = _LINK_TO_SOURCE.sub(to_page, html)
        if 'class="try"' in html:
            self._with_rows.add(_path(page.file.abs_src_path, config))
        return _DRAWING.sub(self._aside, _TABLE.sub(_BOX, _HEADER.sub(_named, html)))

    def _aside(self, drawing: re.Match[str]) -> str:
        """Stands in for a drawing until the page is written, while the search index is made."""
        self._drawings.append(drawing[0])
        return f'<i data-drawing="{len(self._drawings) - 1}"></i>'

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        return _ASIDE.sub(lambda mark: self._drawings[int(mark[1])], output)

    def _with_troubles(self, html: str, page: Page, config: MkDocsConfig) -> str:
        from workings.marks import trouble

        sheet = self._sheet(_path(page.file.abs_src_path, config))
        return trouble(sheet) + html if sheet else html

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> None:
        """Stops a build that would publish what fails; a server has shown it in its place."""
        from workings import evidence

        sheets = [sheet for path in list(self._sheets) if (sheet := self._sheet(path))]
        # The next build imports the engine anew, and what it knows would be lost.
        self._kept = {evidence.fingerprint(sheet.path): sheet for sheet in sheets}
        failures = [failure for sheet in sheets for failure in sheet.failures]
        if failures and not self._serving:
            raise PluginError("\n".join(["these pages can't be published:", *failures]))
        for failure in failures:
            _log.error(failure)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Leaves every claim of the site beside the evidence page, for machines.

        And for pages with sliders, their rows as JavaScript.
        """
        for path in self._with_rows:
            from workings.javascript import module
            from workings.page import read
            from workings.symbols import quick

            rows = Path(config.site_dir) / "assets/rows" / f"{Path(path).stem}.js"
            rows.parent.mkdir(parents=True, exist_ok=True)
            rows.write_text(module(quick(read(path))), encoding="utf-8")
        page = Path(config.site_dir) / "evidence"
        sheets = [sheet for path in self._sheets if (sheet := self._sheet(path))]
        if page.is_dir() and sheets:
            from workings.formats import as_json

            claims = as_json(sheet.result for sheet in sheets)
            (page / "claims.json").write_text(claims, encoding="utf-8")

    def on_build_error(self, *, error: Exception) -> None:
        if isinstance(error, MathError):
            raise PluginError(str(error)) from error

    def _render_once(self, page: Page, path: Path, config: MkDocsConfig, files: Files) -> None:
        """Draws a page, or shows what was drawn before if nothing that it shows has changed."""
        key = _everything_shown(path, config)
        if key not in self._pages:
            Page.render(page, config, files)
            self._pages[key] = {name: getattr(page, name) for name in _DRAWN}
        for name, drawn in self._pages[key].items():
            setattr(page, name, drawn)

    def _render(self, page: Page, run: MethodType, config: MkDocsConfig, files: Files) -> None:
        """Runs the notebook; while serving, shows its last run until the new one is done."""
        path = Path(str(page.file.abs_src_path))
        root = Path(config.config_file_path).parent
        cached = root / ".cache/notebooks" / f"{_fingerprint(path, root / 'snippets')}.pickle"

        def run_and_keep() -> _Drawn:
            with self._running:
                if self._serving and cached.exists():
                    drawn: _Drawn = pickle.loads(cached.read_bytes())
                    return drawn
                drawn = _run(
                    path, run, config, files, self._hand(_path(path, config), page, config)
                )
                if self._serving:
                    _replace(cached, pickle.dumps(drawn))
                return drawn

        if self._serving and path in self._shown and not cached.exists():
            threading.Thread(target=_run_again, args=(path, run_and_keep), daemon=True).start()
        else:
            self._shown[path] = run_and_keep()
        drawn = self._shown[path]
        page.content, page.toc, page.title = drawn.content, drawn.toc, drawn.title


def _run(path: Path, run: MethodType, config: MkDocsConfig, files: Files, hand: Hand) -> _Drawn:
    # mkdocs-jupyter's method sets three attributes of a page, and the page may be in use.
    result = SimpleNamespace(title=path.stem)
    run.__func__(result, config, files)
    content = draw_in_html(
        plain(result.content), _relative(str(path), config), lambda tex: _line(path, tex), hand
    )
    return _Drawn(content, result.toc, result.title)


def _run_again(path: Path, run_and_keep: Callable[[], _Drawn]) -> None:
    """Runs a notebook beside the server, and has the server build once more when it is done."""
    try:
        run_and_keep()
    except Exception as error:
        _log.error("%s: %s", path, error)
    else:
        os.utime(path)


def _replace(cached: Path, content: bytes) -> None:
    """Leaves `cached` alone in its folder: the runs before it are of no more use."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    for old in cached.parent.iterdir():
        old.unlink()
    cached.write_bytes(content)


def _fingerprint(notebook: Path, snippets: Path) -> str:
    """Changes with whatever a run of the notebook depends on."""
    sources = [source.read_bytes() for source in _sources(notebook, snippets)]
    packages = ("matplotlib", "mkdocs-jupyter", "nbconvert", "numpy", "workings")
    versions = [sys.version, *map(version, packages)]
    here = [file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.[jp]*"))]
    return hashlib.sha256(pickle.dumps((sources, versions, here))).hexdigest()


def _named(header: re.Match[str]) -> str:
    """A table's header with its formula named in words, since MathML alone names no column."""
    if _CORNER.fullmatch(header[0]):
        return "<td></td>"
    words = " ".join(re.findall(r"<m\w+[^>]*>([^<]+)<", header[0]))
    return header[0].replace("<math ", f'<math aria-label="{words}" ')


def _path(path: str | Path | None, config: MkDocsConfig) -> str:
    """A page's path as messages show it: from the site's root if the build runs there."""
    shown = _relative(str(path), config)
    return shown if Path.cwd() == Path(config.config_file_path).resolve().parent else str(path)


def _everything_shown(path: Path, config: MkDocsConfig) -> str:
    """Changes with whatever the HTML of a page depends on."""
    from workings import evidence

    root = Path(config.config_file_path).parent
    files = [Path(config.config_file_path), *sorted((root / "snippets").glob("*.py"))]
    if set(_EXECUTED_IMPORT.findall(path.read_text(encoding="utf-8"))) - {"workings.table"}:
        # The page's code may read any other page, or what was measured.
        files += sorted(Path(config.docs_dir).rglob("*.md"))
        files += sorted((root / "benchmarks").glob("*.*"))
    contents = [file.read_bytes() for file in files]
    key = [evidence.fingerprint(_path(path, config)).encode(), *contents]
    return hashlib.sha256(b"\0".join(key)).hexdigest()


def _relative(path: str, config: MkDocsConfig) -> str:
    return Path(os.path.relpath(path, Path(config.config_file_path).resolve().parent)).as_posix()


def _sources(notebook: Path, snippets: Path) -> list[Path]:
    """The notebook and every snippet that it imports, directly or by way of another."""
    found = [notebook]
    for source in found:
        for dotted, listed in _IMPORTED.findall(source.read_text(encoding="utf-8")):
            for name in re.findall(r"\w+", dotted or listed):
                module = snippets / f"{name}.py"
                if module.exists() and module not in found:
                    found.append(module)
    return found


def _line(notebook: Path, tex: str) -> int:
    """The line of the notebook's file that holds the first line of `tex`; 1 if none does."""
    first = json.dumps(tex.strip().partition("\n")[0], ensure_ascii=False)[1:-1]
    lines = notebook.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if first in line), 1)
