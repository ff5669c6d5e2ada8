"""What must not be published is refused by name: by the command line, and by the build."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from benchmarks.live import served, shown

ROOT = Path(__file__).parents[2]
PAGE = "docs/softmax-jacobian.md"
SNIPPET = "snippets/softmax_jacobian.py"

pytestmark = pytest.mark.site


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the site is made from, with two of its pages."""
    for part in ("benchmarks", "docs", "snippets", "theme", "workings", "mkdocs.yml"):
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / part)
    for page in (*(tmp_path / "docs").glob("*.md"), *(tmp_path / "docs").glob("*.ipynb")):
        if page.name not in ("softmax.md", "softmax-jacobian.md"):
            page.unlink()
    (tmp_path / "docs/index.md").write_text("# Workings\n")
    settings = (tmp_path / "mkdocs.yml").read_text(encoding="utf-8")
    nav = "nav:\n  - index.md\n  - softmax.md\n  - softmax-jacobian.md\n"
    settings = re.sub(r"^nav:\n(?: +.*\n)+", nav, settings, flags=re.MULTILINE)
    (tmp_path / "mkdocs.yml").write_text(settings, encoding="utf-8")
    for page in (tmp_path / "docs").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"\]\((?!https:)[\w.#-]+\)", "](softmax.md)", text)
        page.write_text(text, encoding="utf-8")
    return tmp_path


def wrong_index(copy: Path) -> str:
    """Plants a wrong index in the page; the place and the verdict that must be named."""
    right = r"&= p_j \, \delta_{ij} - p_j \, p_i"
    return planted(copy / PAGE, right, right.removesuffix("p_i") + "p_j", "fails")


def wrong_line(copy: Path) -> str:
    """Plants a wrong line in the snippet; the snippet's line that must be named."""
    path = copy / SNIPPET
    text = path.read_text(encoding="utf-8")
    start = text.index("yield", text.index("def same("))
    end = text.index("\n", start)
    path.write_text(f"{text[:start]}{text[start:end].split('#')[0].rstrip()} + 1{text[end:]}")
    return rf"softmax_jacobian:same: yield 1 \({SNIPPET}:{text.count(chr(10), 0, start) + 1}\)"


def unreadable(copy: Path) -> str:
    """Plants a display that nobody can parse; its place and the verdict that must be named."""
    path = copy / PAGE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\n## ", "\n$$\np_i = + )( 2\n$$\n\n## ", 1), encoding="utf-8")
    line = text[: text.index("\n## ")].count("\n") + 3
    return rf"{PAGE}:{line}:\d+: unknown"


def planted(path: Path, old: str, new: str, verdict: str) -> str:
    """Changes the first `old` in a file into `new`, and tells what must be said of that line."""
    text = path.read_text(encoding="utf-8")
    at = text.index(old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text.count("\n", 0, at) + 1
    return rf"{path.parent.name}/{path.name}:{line}:\d+: {verdict}"


PLANTS = [wrong_index, wrong_line, unreadable]


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a module of Python in the copy, with the copy's own snippets and engine."""
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=copy, capture_output=True, text=True
    )


def test_unharmed_the_copy_passes(copy: Path) -> None:
    """Without a plant both accept the copy, so that what fails below fails for the plant."""
    checked = run(copy, "workings", "check", "docs")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    built = run(copy, "mkdocs", "build", "--strict")
    assert built.returncode == 0, built.stderr


@pytest.mark.parametrize("plant", PLANTS)
def test_the_command_line_refuses(copy: Path, plant: Callable[[Path], str]) -> None:
    """The command line fails, and names what was planted."""
    named = plant(copy)
    checked = run(copy, "workings", "check", "docs")
    assert checked.returncode != 0
    assert re.search(named, checked.stdout)


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("options", [[], ["--strict"]])
def test_the_build_refuses(copy: Path, plant: Callable[[Path], str], options: list[str]) -> None:
    """The build fails, strict or not, and names what was planted."""
    named = plant(copy)
    built = run(copy, "mkdocs", "build", *options)
    assert built.returncode != 0
    assert re.search(named, built.stderr)
    assert "Traceback" not in built.stderr


def test_a_server_shows_a_wrong_row_in_its_place(copy: Path) -> None:
    """After a save the page stands with its wrong row in red, witness and repair."""
    server, address = served(copy)

    def wait_for(wanted: str) -> str:
        return shown(server, f"{address}softmax-jacobian/", partial(re.search, wanted))

    try:
        assert 'class="row fails"' not in wait_for('class="row holds"')
        sound = (copy / PAGE).read_text(encoding="utf-8")
        wrong_index(copy)
        page = wait_for('class="row fails"')
        assert 'class="wrong"' in page
        assert "<dt>witness</dt>" in page
        assert "<dt>repair</dt><dd>true if <code>p_j</code> is <code>p_i</code>" in page
        (copy / PAGE).write_text(sound, encoding="utf-8")
        begun = time.monotonic()
        while 'class="row fails"' in wait_for("<main"):
            assert time.monotonic() < begun + 180
        unreadable(copy)
        wait_for('class="row unknown"')
    finally:
        server.terminate()
        server.wait(timeout=20)
