"""How long a reader waits on the page that checks: from the click to the first verdict, and after.

    python -m benchmarks.check_page [RUNS]

Builds the site into a temporary folder, opens the page in headless Chromium with an empty cache
for each run, and prints the seconds to the first verdict and to the next.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
EXAMPLE = "A question from a forum"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def waited(page: Page, act: str) -> float:
    """Seconds from an act in the page, given as JavaScript, until its rows have changed."""
    found: float = page.evaluate(
        f"""() => new Promise((done) => {{
          const rows = document.querySelector("#check-rows ol");
          const start = performance.now();
          new MutationObserver((_, watcher) => {{
            watcher.disconnect();
            requestAnimationFrame(() => done((performance.now() - start) / 1000));
          }}).observe(rows, {{ childList: true }});
          {act}
        }})"""
    )
    return found


def run(browser: Browser, address: str) -> tuple[float, float]:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address, wait_until="networkidle")
        choose = f"""const menu = document.querySelector("#check-examples");
          menu.value = "{EXAMPLE}"; menu.dispatchEvent(new Event("change"));"""
        first = waited(page, choose)
        time.sleep(0.5)
        edit = """const field = document.querySelector("#check-text");
          field.value += " "; document.querySelector("#check-run").click();"""
        return first, statistics.median(waited(page, edit) for _ in range(5))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "workings"
        build = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(site)]
        subprocess.run(build, cwd=ROOT, check=True)
        handler = partial(Quiet, directory=folder)
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as driver:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            address = f"http://127.0.0.1:{server.server_port}/workings/check/"
            print("first verdict   next verdict   (seconds)")
            for _ in range(runs):
                print("{:13.2f}   {:12.2f}".format(*run(browser, address)))
            browser.close()
            server.shutdown()


if __name__ == "__main__":
    main()
