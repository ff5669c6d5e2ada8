"""MkDocs plugin: has every page checked while the site is built, and draws notebooks.

This is the one file that knows MkDocs. What fails stops a build; a server shows it in place.
"""

from __future__ import annotations

import importlib
import json
import logging
import multiprocessing
import os
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from types import MethodType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import FileSystemBytecodeCache
from mkdocs.config.config_options import Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from workings.furniture import fitted
from workings.markdown import Hand, draw_in_html, hand_for
from workings.mathjax import MathError
from workings.notebook import plain
from workings.search import Aside, fetch_late
from workings.shelf import Shelf

if TYPE_CHECKING:
    from workings.evidence import Sheet
    from workings.sources import Keys

# These live as long as the server does: they hold the MathJax process and the drawn formulas.
_STAYS = {"workings", "workings.markdown", "workings.mathjax", "workings.shelf", "workings.mkdocs"}
# So few pages are checked before a pool of processes would have started, and drawn while an
# author waits.
_FEW = 3
# One processor is for drawing, which waits for what the others check.
_WORKERS = max(1, min(2, (os.cpu_count() or 1) - 1))
# Long enough for a browser to fetch the page that an author has changed.
_BEFORE_THE_REST = 1.5

_LINK_TO_SOURCE = re.compile(r'href="([\w./-]+\.(?:md|ipynb))(#[^"]*)?"')
# What rendering sets on a page, but for the links to check: those name files of one build.
_DRAWN = ("content", "toc", "_title_from_render", "present_anchor_ids")
_log = logging.getLogger("mkdocs.plugins.workings")


class WorkingsPlugin(BasePlugin):  # type: ignore[type-arg, no-untyped-call]
    """Draws the site's mathematics, and while serving draws again only what an edit changes.

    An edit that many pages rest on shows on its own page at once. The others follow in a second
    build, which a touch of `.cache/again` asks for once the first has been read.
    """

    # Without marks nothing is checked: only for measuring what checking costs.
    config_scheme = (("marks", Type(bool, default=True)),)

    def __init__(self) -> None:
        self._serving = False
        self._shelf: Shelf | None = None
        self._bell = Path()
        self._modules: dict[str, set[tuple[str, int]]] = {}
        self._texts: dict[Path, bytes] = {}
        self._keys: dict[str, Keys] = {}
        self._sheets: dict[str, Future[Sheet] | Sheet] = {}
        self._drawn: dict[str, dict[str, Any]] = {}
        self._late: set[str] = set()
        self._to_run: list[tuple[str, str, Callable[[], dict[str, Any]]]] = []
        self._running: set[str] = set()
        self._with_rows: set[str] = set()
        self._aside = Aside()

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        self._serving = command == "serve"
        if self._serving:
            # A .pyc written into a watched folder would start one more build, and one that is
            # as old as an edit to the second would hide it.
            sys.dont_write_bytecode = True
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[..., None]
    ) -> LiveReloadServer:
        """Watches for what asks for one more build though no file of the site has changed."""
        self._bell.touch()
        server.watch(str(self._bell))
        return server

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Forgets the modules that pages run, if their files have changed."""
        root = Path(config.config_file_path).parent
        if self._serving and self._shelf is None:
            self._shelf = Shelf(root / ".cache/drawn")
            self._bell = root / ".cache/again"
            self._bell.parent.mkdir(exist_ok=True)
        before, self._modules = self._modules, _modules(root)
        if before and before != self._modules:
            engine = before["workings"] != self._modules["workings"]
            forget({"benchmarks", "snippets"} | ({"workings"} if engine else set()))
            # What the old engine made can't stand in for what the new one makes.
            self._texts = {} if engine else self._texts
        self._aside.clear()

    def on_files(self, files: Files, *, config: MkDocsConfig) -> None:
        """Starts checking the pages that have changed, beside the build if there are many.

        And adds what the page that checks in the browser loads.
        """
        from workings import bundle, evidence, sources

        for name, content in bundle.parts().items():
            files.append(File.generated(config, f"{bundle.FOLDER}/{name}", content=content))
        before = dict(self._sheets)
        self._sheets.clear()
        self._with_rows.clear()
        root = Path(config.config_file_path).parent
        paths = [_path(page.abs_src_path, config) for page in files.documentation_pages()]
        self._keys = {path: sources.keys(path, root) for path in paths}
        if not self.config["marks"]:
            return
        self._late = self._can_wait(root) if self._shelf else set()
        for path, keys in self._keys.items():
            if path in self._late:
                self._sheets[path] = before[path]
                continue
            if self._shelf and keys.evidence not in evidence.kept:
                found = self._shelf.find(keys.evidence)
                evidence.kept.update({keys.evidence: found} if found else {})
            if keys.evidence in evidence.kept:
                self._sheets[path] = evidence.kept[keys.evidence]
        stale = [path for path in paths if path not in self._sheets]
        if len(stale) <= _FEW:
            for path in stale:
                self._keep(path, evidence.sheet(path))
            return
        spawn = multiprocessing.get_context("spawn")
        with_all = ProcessPoolExecutor(_WORKERS, mp_context=spawn)
        self._sheets.update({path: with_all.submit(evidence.checked, path) for path in stale})
        with_all.shutdown(wait=False)

    def _can_wait(self, root: Path) -> set[str]:
        """The pages to draw anew that an author who has just saved another need not wait for."""
        assert self._shelf is not None
        files = [*(root / "docs").glob("*"), *(root / "snippets").glob("*.py")]
        before, self._texts = self._texts, {x: x.read_bytes() for x in files if x.is_file()}
        changed = {file.stem for file in self._texts if self._texts[file] != before.get(file)}
        own = {path for path in self._keys if Path(path).stem in changed}
        stale = {path for path, keys in self._keys.items() if not self._shelf.has(keys.drawing)}
        waiting = stale - own
        return waiting & self._drawn.keys() if before and own and len(waiting) > 1 else set()

    def _sheet(self, path: str) -> Sheet | None:
        """The evidence of a page, waited for if its check is still running."""
        found = self._sheets.get(path)
        return self._keep(path, found.result()) if isinstance(found, Future) else found

    def _keep(self, path: str, sheet: Sheet) -> Sheet:
        from workings import evidence

        self._sheets[path] = evidence.kept[self._keys[path].evidence] = sheet
        if self._shelf:
            self._shelf.put(self._keys[path].evidence, sheet)
        return sheet

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
        if page.file.src_uri == "evidence.md" and _path(path, config) not in self._late:
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
        if path is None:
            return
        runs = path.endswith(".ipynb")
        render = page.render

        def draw() -> dict[str, Any]:
            if runs:
                assert isinstance(render, MethodType)
                return self._run(page, render, config, files)
            render(config, files)
            return {name: getattr(page, name) for name in _DRAWN}

        def show(*_: Any) -> None:
            drawn = self._found(_path(path, config), draw, runs) if self._shelf else draw()
            for name, value in drawn.items():
                setattr(page, name, value)

        if runs or (self._shelf and self.config["marks"]):
            page.render = show  # type: ignore[assignment, method-assign]

    def _found(self, path: str, draw: Callable[[], dict[str, Any]], runs: bool) -> dict[str, Any]:
        """A page as it was drawn before if nothing that it shows has changed, or if it can wait."""
        assert self._shelf is not None
        key = self._keys[path].drawing
        found: dict[str, Any] | None = self._shelf.find(key)
        if found is None and path in self._drawn and runs:
            self._to_run.append((key, path, draw))
        if found is None and path in self._drawn and (runs or path in self._late):
            found = self._drawn[path]
        elif found is None:
            found = draw()
            self._shelf.put(key, found)
        self._drawn[path] = found
        return found

    def _run_aside(self, key: str, path: str, draw: Callable[[], dict[str, Any]]) -> None:
        """Runs a notebook beside the server, and has the server build once more when it is done."""
        assert self._shelf is not None
        try:
            self._shelf.put(key, draw())
        except Exception as error:
            _log.error("%s: %s", path, error)
        else:
            self._bell.touch()

    def _run(
        self, page: Page, render: MethodType, config: MkDocsConfig, files: Files
    ) -> dict[str, Any]:
        """Runs a notebook and draws its formulas."""
        path = Path(str(page.file.abs_src_path))
        # mkdocs-jupyter's method sets three attributes of a page, and the page may be in use.
        result = SimpleNamespace(title=path.stem)
        render.__func__(result, config, files)
        content = draw_in_html(
            plain(result.content),
            _relative(str(path), config),
            lambda tex: _line(path, tex),
            self._hand(_path(path, config), page, config),
        )
        return {"content": content, "toc": result.toc, "title": result.title}

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Fits a page's HTML to the theme, and a notebook's links to the site."""

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
        return self._aside.take(fitted(html))

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        return self._aside.put_back(output)

    def _with_troubles(self, html: str, page: Page, config: MkDocsConfig) -> str:
        from workings.marks import trouble

        sheet = self._sheet(_path(page.file.abs_src_path, config))
        return trouble(sheet) + html if sheet else html

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> None:
        """Stops a build that would publish what fails; a server has shown it in its place."""
        if self._shelf:
            # Each build has an environment of its own, and would compile the theme anew.
            env.bytecode_cache = FileSystemBytecodeCache(str(self._bell.parent))
        sheets = [sheet for path in list(self._sheets) if (sheet := self._sheet(path))]
        failures = [failure for sheet in sheets for failure in sheet.failures]
        if failures and not self._serving:
            raise PluginError("\n".join(["these pages can't be published:", *failures]))
        for failure in failures:
            _log.error(failure)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Leaves every claim of the site beside the evidence page, for machines.

        And for pages with sliders their rows as JavaScript.
        """
        fetch_late(Path(config.site_dir))
        if not self._serving:
            from workings.stylesheet import prune

            prune(Path(config.site_dir))
        for path in self._with_rows:
            rows = Path(config.site_dir) / "assets/rows" / f"{Path(path).stem}.js"
            rows.parent.mkdir(parents=True, exist_ok=True)
            rows.write_text(self._rows_of(path), encoding="utf-8")
        page = Path(config.site_dir) / "evidence"
        sheets = [sheet for path in self._sheets if (sheet := self._sheet(path))]
        if page.is_dir() and sheets:
            from workings.formats import as_json

            claims = as_json(sheet.result for sheet in sheets)
            (page / "claims.json").write_text(claims, encoding="utf-8")
        if self._shelf:
            self._shelf.tidy()
        if self._late:
            self._then(self._bell.touch)
        for key, *given in self._to_run:
            if key not in self._running:
                self._running.add(key)
                self._then(self._run_aside, key, *given)
        self._to_run.clear()

    def _then(self, do: Callable[..., None], *given: Any) -> None:
        """Has something done once a browser has had the time to fetch what was built."""
        later = threading.Timer(_BEFORE_THE_REST, do, given)
        later.daemon = True
        later.start()

    def _rows_of(self, path: str) -> str:
        """A page's rows as a module of JavaScript."""
        key = f"rows-{self._keys[path].formulas}"
        found: str | None = self._shelf.find(key) if self._shelf else None
        if found is None:
            from workings.javascript import module
            from workings.page import read
            from workings.symbols import quick

            sheet = self._sheet(path)
            found = module(quick((sheet and sheet.result.page) or read(path)))
            if self._shelf:
                self._shelf.put(key, found)
        return found

    def on_build_error(self, *, error: Exception) -> None:
        if isinstance(error, MathError):
            raise PluginError(str(error)) from error


def forget(packages: set[str]) -> None:
    """Has the modules of these packages imported anew, but for those that live on."""
    for name in list(sys.modules):
        if name.partition(".")[0] in packages and name not in _STAYS:
            del sys.modules[name]
            # `from workings import page` asks the package before it looks for the file.
            package, _, module = name.rpartition(".")
            if package in sys.modules:
                vars(sys.modules[package]).pop(module, None)
    importlib.invalidate_caches()


def _modules(root: Path) -> dict[str, set[tuple[str, int]]]:
    """When each file that a page's code may import was written, by package."""
    folders = (root / "benchmarks", root / "snippets", Path(__file__).parent)
    return {
        folder.name: {(file.name, file.stat().st_mtime_ns) for file in folder.glob("*.*")}
        for folder in folders
    }


def _path(path: str | Path | None, config: MkDocsConfig) -> str:
    """A page's path as messages show it: from the site's root if the build runs there."""
    shown = _relative(str(path), config)
    return shown if Path.cwd() == Path(config.config_file_path).resolve().parent else str(path)


def _relative(path: str, config: MkDocsConfig) -> str:
    return Path(os.path.relpath(path, Path(config.config_file_path).resolve().parent)).as_posix()


def _line(notebook: Path, tex: str) -> int:
    """The line of the notebook's file that holds the first line of `tex`; 1 if none does."""
    first = json.dumps(tex.strip().partition("\n")[0], ensure_ascii=False)[1:-1]
    lines = notebook.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if first in line), 1)
