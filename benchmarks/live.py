"""How long `mkdocs serve` takes to start, and to show an edit after it is saved.

`python -m benchmarks.live` serves a copy of the site twice, cold and warm, edits pages and
snippets in it, and prints the seconds from each save until a request gets the page with it.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("benchmarks", "docs", "snippets", "theme", "workings", "mkdocs.yml", "package-lock.json")
# What is edited, what for what, the page that shows it, and what it shows.
EDITS = {
    "prose": ("docs/softmax-jacobian.md", "\n## ", "\nMarked.\n\n## ", "Marked."),
    "prose on a page that most use": ("docs/softmax.md", "\n## ", "\nMarked.\n\n## ", "Marked."),
    "a wrong formula": (
        "docs/softmax-jacobian.md",
        r"\delta_{ij} - p_j \, p_i",
        r"\delta_{ij} - p_j \, p_j",
        'class="row fails"',
    ),
    "a formula that most pages use": ("docs/softmax.md", "p_j =", "p_j = 2", 'class="row fails"'),
    "a snippet": ("snippets/softmax_jacobian.py", "# (", "# marked (", "# marked ("),
    "a snippet that most pages use": ("snippets/softmax.py", "# (", "# marked (", "# marked ("),
}
WAIT = 180.0
# Below what systems hand out by themselves: a notebook's kernel takes five such ports during the
# first build, and the server binds its own only after it.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port that nothing listens on now, and that no program is handed by chance."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def served(copy: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server for the copy, and its address."""
    address = f"127.0.0.1:{free_port()}"
    server = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", address],
        cwd=copy,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return server, f"http://{address}/workings/"


def shown(server: subprocess.Popen[bytes], address: str, fits: Callable[[str], object]) -> str:
    """The page at an address, once it fits; a RuntimeError if the server ends or it never does."""
    deadline = time.monotonic() + WAIT
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                page: str = answer.read().decode()
            if fits(page):
                return page
        except OSError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"{address} never showed it")


def seconds(server: subprocess.Popen[bytes], address: str, fits: Callable[[str], object]) -> float:
    """The seconds until the page at an address fits."""
    begun = time.perf_counter()
    shown(server, address, fits)
    return time.perf_counter() - begun


def edited(copy: Path, server: subprocess.Popen[bytes], site: str, name: str) -> float:
    """The seconds from saving an edit until its page shows it; then the edit is taken back."""
    file, old, new, sign = EDITS[name]
    text = (copy / file).read_text(encoding="utf-8")
    page = f"{site}{Path(file).stem.replace('_', '-')}/"
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    took = seconds(server, page, lambda html: sign in html)
    time.sleep(8)
    (copy / file).write_text(text, encoding="utf-8")
    seconds(server, page, lambda html: sign not in html)
    time.sleep(8)
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, copy / part)
            else:
                shutil.copy(ROOT / part, copy / part)
        if (ROOT / "node_modules").is_dir():
            (copy / "node_modules").symlink_to(ROOT / "node_modules")
        print("|  | seconds |\n| :-- | --: |")
        for state in ("cold", "warm"):
            server, site = served(copy)
            try:
                print(f"| {state} start | {seconds(server, site, bool):.1f} |", flush=True)
                for name in EDITS if state == "warm" else ():
                    time.sleep(2)
                    print(f"| {name} | {edited(copy, server, site, name):.1f} |", flush=True)
            finally:
                server.terminate()
                server.wait(timeout=20)


if __name__ == "__main__":
    main()
