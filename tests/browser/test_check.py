"""The page that checks a reader's derivation, in headless Chromium, with no way to another host."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from workings import bundle
from workings.page import read
from workings.reading import check

ROOT = Path(__file__).parents[2]
DATA = json.loads((ROOT / "docs/assets/check/examples.json").read_text(encoding="utf-8"))
EXAMPLES = {example["name"]: example["text"] for example in DATA["examples"]}
MENDED = [
    "A blog post on softmax", "A sign", "One index for another", "A missing sum", "A lost 1/N",
    "The wrong logarithm", "The product rule on a quotient",
]  # fmt: skip
WAIT = 60_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not bundle.parts() and not os.environ.get("CI"),
        reason="node_modules is not there; npm ci brings the checker's packages",
    ),
]


class Desk:
    """The page with its checker, and what went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.troubles: list[str] = []
        self.asked: list[str] = []
        page.set_default_timeout(WAIT)
        page.on("console", lambda said: self._note(said.type in {"error", "warning"}, said.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        page.on("dialog", lambda dialog: (self._note(True, "a dialog"), dialog.dismiss()))
        page.on("request", lambda request: self.asked.append(request.url))
        page.route(re.compile(".*"), self._stay)

    def open(self, fragment: str = "") -> None:
        self.page.goto(f"{self.address}check/{fragment}", wait_until="networkidle")

    def check(self, text: str) -> list[str]:
        """Puts in a text, waits for its verdicts, and tells them row by row."""
        self.mark()
        self.page.fill("#check-text", text)
        return self.verdicts()

    def mark(self) -> None:
        """Makes the rows shown now tell apart from those that come."""
        self.page.evaluate(
            "document.querySelectorAll('#check-rows li').forEach(row => row.dataset.old = '')"
        )

    def verdicts(self) -> list[str]:
        self.page.wait_for_selector("#check-rows li:not([data-old])")
        rows = self.page.locator("#check-rows li")
        return [str(rows.nth(i).get_attribute("data-verdict")) for i in range(rows.count())]

    def status(self) -> str:
        return self.page.inner_text("#check-status")

    def _note(self, bad: bool, text: str) -> None:
        if bad:
            self.troubles.append(text)

    def _stay(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self._note(True, f"asked for {route.request.url}")
            route.abort()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(
        viewport={"width": 1280, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
        accept_downloads=True,
    ) as made:
        yield made


@pytest.fixture(scope="module")
def loaded(context: BrowserContext, address: str) -> Desk:
    """A page whose checker has been loaded once, for all tests that do nothing to it."""
    desk = Desk(context.new_page(), address)
    desk.open()
    desk.check("1 + 1 = 2")
    return desk


@pytest.fixture
def desk(loaded: Desk) -> Iterator[Desk]:
    loaded.troubles.clear()
    yield loaded
    assert loaded.troubles == []


@pytest.fixture
def fresh(context: BrowserContext, address: str) -> Iterator[Desk]:
    """A page on which nothing has been loaded yet."""
    made = Desk(context.new_page(), address)
    yield made
    made.page.close()


def test_nothing_is_loaded_before_it_is_asked_for(fresh: Desk) -> None:
    """The page alone fetches no part of the checker; the first key press does."""
    fresh.open()
    assert not [url for url in fresh.asked if re.search("pyodide|mathjax|engine", url)]
    assert "MB" in fresh.page.inner_text("#check-parts")
    fresh.page.focus("#check-text")
    fresh.page.keyboard.type("1 + 1 = 2")
    assert fresh.verdicts() == ["holds"]
    assert [url for url in fresh.asked if "pyodide.asm.wasm" in url]
    assert fresh.troubles == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gets_its_verdicts(desk: Desk, name: str) -> None:
    """Loading an example from the menu checks it, and applied repairs turn it right."""
    desk.mark()
    desk.page.select_option("#check-examples", label=name)
    verdicts = desk.verdicts()
    assert desk.page.input_value("#check-text") == EXAMPLES[name]
    if name == "A question from a forum":
        assert verdicts[4:7] == ["fails", "follows", "follows"]
    if name in MENDED:
        assert "fails" in verdicts
        desk.mark()
        desk.page.click(".check-apply >> nth=0")
        verdicts = desk.verdicts()
    if name in MENDED or name in ("Its answer", "A blog post on the loss"):
        assert set(verdicts) <= {"definition", "holds"}
        assert "hold" in desk.status()


def test_the_browser_agrees_with_the_command_line(desk: Desk, monkeypatch) -> None:
    """Every page of the site gets in the browser the verdicts it gets on the command line."""
    monkeypatch.chdir(ROOT)
    for path in sorted(Path("docs").glob("*.md")):
        claims = [claim.verdict for claim in check(read(path), repairs=False)]
        if claims:
            found = desk.check(path.read_text(encoding="utf-8"))
            assert ["holds" if x == "follows" else x for x in found] == claims, path


def test_changing_a_symbol_checks_again(desk: Desk) -> None:
    """A menu changes what a symbol is, and the rows follow at once."""
    text = EXAMPLES["Its answer"]
    assert set(desk.check(text)) == {"definition", "holds"}
    desk.mark()
    desk.page.select_option("[aria-label='values of y']", "real")
    assert "fails" in desk.verdicts()
    desk.mark()
    desk.page.click("[aria-label='guess y again']")
    assert set(desk.verdicts()) == {"definition", "holds"}


def test_a_set_up_is_one_click(desk: Desk) -> None:
    """A common set-up goes above the text, with what it declares."""
    desk.check(r"\frac{\partial L}{\partial o_i} = p_i - y_i")
    desk.mark()
    desk.page.click("[data-setup='0']")
    assert desk.verdicts() == ["definition", "definition", "holds"]


def test_what_cannot_be_read_is_marked(desk: Desk) -> None:
    """An unreadable row shows its source with the place marked, and finds it in the text."""
    assert desk.check("a = b \\frac{1}{2}\n\n\\sum = 2") == ["definition", "unknown"]
    row = desk.page.locator("[data-verdict='unknown']")
    assert row.locator("mark").inner_text() == "\\sum"
    row.locator(".check-find").click()
    chosen = "(t => t.value.slice(t.selectionStart, t.selectionEnd))(document.activeElement)"
    assert desk.page.evaluate(chosen) == "\\sum = 2"


def test_a_shared_link_holds_the_derivation(desk: Desk, fresh: Desk) -> None:
    """Share puts text and choices into the fragment, from which another tab restores them."""
    text = "L = \\sum_j y_j \\log p_j\n\n2 L = L + L"
    desk.check(text)
    desk.mark()
    desk.page.select_option("[aria-label='values of y']", "simplex")
    desk.verdicts()
    desk.asked.clear()
    desk.page.click("#check-share")
    desk.page.wait_for_function("location.hash.startsWith('#check-')")
    link = desk.page.evaluate("navigator.clipboard.readText()")
    assert link == desk.page.url
    assert [url for url in desk.asked if "favicon" not in url] == []
    fresh.open(link[link.index("#") :])
    assert fresh.page.input_value("#check-text") == text
    assert not [url for url in fresh.asked if "pyodide" in url]
    fresh.page.click("#check-run")
    fresh.verdicts()
    assert fresh.page.input_value("[aria-label='values of y']") == "simplex"
    assert fresh.troubles == []


@pytest.mark.parametrize("code", ["x", "AAAA", "_-_-", "e30"])
def test_a_broken_link_does_no_harm(fresh: Desk, code: str) -> None:
    """A fragment that holds no derivation is said to hold none."""
    fresh.open(f"#check-{code}")
    fresh.page.wait_for_function("document.querySelector('#check-status').textContent")
    assert "link" in fresh.status() or fresh.page.input_value("#check-text") == "undefined"
    assert fresh.troubles == []


def test_a_report_is_plain_text(desk: Desk) -> None:
    """Report copies an account with the verdicts, the numbers and the mend."""
    desk.check(EXAMPLES["A sign"])
    desk.page.click("#check-report")
    desk.page.wait_for_function("document.querySelector('#check-status').textContent.match(/cop/)")
    report = desk.page.evaluate("navigator.clipboard.readText()")
    for said in ("o: vector [K], real", "fails", "left", "right", "true if", "/check/"):
        assert said in report
    assert "<" not in report


def test_a_download_is_a_page(desk: Desk, tmp_path: Path) -> None:
    """Download gives Markdown that the command line checks to the same verdicts."""
    found = desk.check(EXAMPLES["A missing sum"])
    with desk.page.expect_download() as waiting:
        desk.page.click("#check-download")
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.suffix == ".md"
    assert [claim.verdict for claim in check(read(file))] == found


INJECTIONS = [
    r"$$a = <img src=x onerror=alert(1)>$$",
    r"a = \text{<img src=x onerror=alert(1)>}",
    r"a = \text{<script>alert(1)</script>}",
    r"a = \href{javascript:alert(1)}{b}",
    r"a = \mmlToken{mi}[href=javascript:alert(1)]{b}",
    r"a = \mmlToken{mi}[onclick=alert(1)]{b}",
    r"a = \style{background:url(https://example.org/x)}{b}",
    r"a = \class{md-header}{b}",
    r"a = \cssId{check-run}{b}",
    r"a = \require{html}\href{javascript:alert(1)}{b}",
    r"a = \unicode[serif;background:red]{x41}",
    r"a = \def\x{\x\x}\x",
    r"a = \newcommand{\x}{\x\x}\x",
    r"a = \let\x=\x\x",
    r"a = \color{red;background:url(//example.org)}{b}",
    r"a = \data{x=1}{b}",
    r"a = \hspace{-9999em} \rule{9999em}{9999em}",
    "a = " + r"\sqrt{" * 50 + "b" + "}" * 50,
    "a = " + "{" * 3000,
    "$$a = b$$<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "`\"'><svg onload=alert(1)>` $$a = `<b>`$$",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_is_typed_never_becomes_markup(desk: Desk, text: str) -> None:
    """Hostile input gives a verdict, and no element, handler, link, style or request of its own."""
    desk.asked.clear()
    desk.check(text)
    found = desk.page.evaluate(
        """() => {
          const rows = document.querySelector("#check-rows ol");
          const allowed = new Set(["LI", "DIV", "SPAN", "P", "PRE", "CODE", "MARK", "BUTTON", "DL",
            "DT", "DD", "svg", "g", "path", "rect", "line", "ellipse", "polygon", "text"]);
          const bad = [];
          for (const element of rows.querySelectorAll("*")) {
            if (!allowed.has(element.tagName)) bad.push(element.tagName);
            for (const { name, value } of element.attributes) {
              if (/^on|href|src|^id$|^data-(?!verdict)/.test(name)) bad.push(`${name}=${value}`);
              if (/javascript:|url\\(|expression/i.test(value) && name !== "aria-label") {
                bad.push(`${name}=${value}`);
              }
              if (name === "class" && !/^(check-[a-z]+|formula| )+$/.test(value) && value) {
                bad.push(`class=${value}`);
              }
            }
          }
          const box = document.querySelector("#check-rows").getBoundingClientRect();
          if (document.documentElement.scrollWidth > innerWidth) bad.push("wider than the page");
          if (box.height > 4000) bad.push("taller than a page");
          return bad;
        }"""
    )
    assert found == []
    assert [url for url in desk.asked if not url.startswith("blob:")] == []


def test_it_works_without_a_network(desk: Desk, context: BrowserContext) -> None:
    """Once loaded, the checker asks for nothing more, not even to start over after a stop."""
    context.set_offline(True)
    try:
        assert desk.check("1 + 1 = 3") == ["fails"]
        desk.page.evaluate("document.querySelector('#check').dataset.limit = '1'")
        desk.page.fill("#check-text", "1 + 1 = 4")
        desk.page.wait_for_function(
            "document.querySelector('#check-status').textContent.includes('ended')"
        )
        desk.page.evaluate("delete document.querySelector('#check').dataset.limit")
        assert desk.check("1 + 1 = 5") == ["fails"]
    finally:
        context.set_offline(False)


def test_a_runaway_check_is_ended(desk: Desk) -> None:
    """A check over its limit is ended with a word about it, and the next one works."""
    desk.page.evaluate("document.querySelector('#check').dataset.limit = '20'")
    desk.page.fill("#check-text", EXAMPLES["A blog post on the loss"])
    desk.page.wait_for_function(
        "document.querySelector('#check-status').textContent.includes('ended')"
    )
    assert desk.page.is_hidden("#check-rows")
    desk.page.evaluate("delete document.querySelector('#check').dataset.limit")
    assert desk.check("1 + 1 = 2") == ["holds"]


STAGES = {
    "loading Python": re.compile(r"python_stdlib\.zip$"),
    "loading MathJax": re.compile(r"mathjax/output/svg\.js$"),
    "starting Python": re.compile(r"check/worker\.js$"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_loading_can_be_stopped(fresh: Desk, stage: str) -> None:
    """Stop ends loading at any stage of it, says so, and leaves the text to go on with."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if stage == "starting Python":
            route.fulfill(content_type="text/javascript", body="self.onmessage = () => {};")
        held.append(route)

    fresh.open()
    fresh.page.route(STAGES[stage], hold)
    fresh.page.fill("#check-text", "1 + 1 = 3")
    fresh.page.wait_for_selector("#check-stop")
    if stage == "starting Python":
        fresh.page.wait_for_selector("#check-status >> text=Starting Python")
    fresh.page.click("#check-stop")
    assert fresh.status().startswith("Stopped")
    assert held
    assert fresh.page.is_hidden("#check-stop")
    assert fresh.page.input_value("#check-text") == "1 + 1 = 3"
    if stage == "starting Python":
        return
    fresh.page.unroute(STAGES[stage], hold)
    if stage == "loading MathJax":
        held[0].continue_()
    fresh.page.click("#check-run")
    assert fresh.verdicts() == ["fails"]
    assert fresh.troubles == []


def test_a_check_can_be_stopped(fresh: Desk) -> None:
    """Stop ends a check that is under way, and the next one works."""
    silent = """() => {
      window.Worker = class extends Worker {
        postMessage(message) { if (!message.request || !window.mute) super.postMessage(message); }
      };
    }"""
    fresh.open()
    fresh.page.evaluate(silent)
    fresh.check("1 + 1 = 2")
    fresh.page.evaluate("window.mute = true")
    fresh.page.fill("#check-text", "1 + 1 = 3")
    fresh.page.wait_for_selector("#check-status >> text=Checking")
    fresh.page.click("#check-stop")
    assert fresh.status().startswith("Stopped")
    fresh.page.evaluate("window.mute = false")
    fresh.page.click("#check-run")
    assert fresh.verdicts() == ["fails"]
    assert fresh.troubles == []


def test_it_fits_a_phone(browser: Browser, address: str) -> None:
    """At 360 pixels the rows, menus and buttons of a long answer stay within the screen."""
    with browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, has_touch=True
    ) as context:
        desk = Desk(context.new_page(), address)
        desk.open()
        desk.check(EXAMPLES["A blog post on the loss"] + "\n$$x = \\oops$$")
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert desk.troubles == []


def test_leaving_the_page_ends_the_checker(fresh: Desk) -> None:
    """A link to another page of the site lets the worker go, and coming back starts anew."""
    fresh.open()
    fresh.check("1 + 1 = 2")
    assert len(fresh.page.workers) >= 1
    fresh.page.click(".md-nav--primary a[href$='softmax/'] >> nth=0")
    fresh.page.wait_for_url("**/softmax/")
    fresh.page.wait_for_function("!document.querySelector('#check')")
    fresh.page.wait_for_timeout(200)
    assert not [worker for worker in fresh.page.workers if worker.url.startswith("blob:")]
    fresh.page.go_back()
    fresh.page.wait_for_selector("#check-text")
    assert fresh.check("1 + 1 = 3") == ["fails"]
    assert fresh.troubles == []
