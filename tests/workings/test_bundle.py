"""What is packed for the browser."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workings import bundle
from workings.bytecode import LIBRARY

ROOT = Path(__file__).parents[2]


def test_the_archive_runs_alone(tmp_path):
    """The engine's archive answers without this repository and without any package installed."""
    zipfile.ZipFile(io.BytesIO(bundle.archive())).extractall(tmp_path)
    code = (
        "import json, sys; sys.path.insert(0, '.'); from workings.browser import answer; "
        "print(answer(json.dumps({'text': '---\\nuses: [softmax]\\n---\\n$$\\\\sum_i p_i = 1$$'})))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert [row["verdict"] for row in json.loads(ran.stdout)["rows"]] == ["holds"]


def test_the_archive_is_the_repository_s_engine():
    """Byte for byte, and the same each time."""
    packed = zipfile.ZipFile(io.BytesIO(bundle.archive()))
    for name in packed.namelist():
        if name.startswith(("workings/", "docs/")):
            assert packed.read(name) == (ROOT / name).read_bytes()
    assert bundle.archive() == bundle.archive()


def test_nothing_in_the_archive_needs_a_package():
    """The modules packed import each other and the standard library, PyYAML aside."""
    assert {"claim", "reading", "browser"} <= set(bundle.modules())
    assert not {"mkdocs", "mathjax", "markdown", "table"} & set(bundle.modules())


def test_without_npm_there_is_nothing_but_a_sentence(tmp_path):
    """A site built without node_modules has no checker, and its page says how to get it."""
    assert bundle.parts(tmp_path) == {}
    assert "npm ci" in bundle.skeleton(tmp_path)
    assert "data-parts" not in bundle.skeleton(tmp_path)


def test_npm_s_lock_pins_the_packages_by_their_content():
    """Every package is pinned by a hash, and the lock names no registry."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    for name, package in lock["packages"].items():
        if name:
            assert package["integrity"].startswith("sha512-")
            assert "resolved" not in package


@pytest.mark.skipif(not bundle.parts(), reason="node_modules is not there; run npm ci")
def test_the_parts_are_stated_in_full():
    """What the page counts while loading is what the site holds."""
    assert {"engine.zip", "pyodide/pyodide.asm.wasm", "mathjax/startup.js"} <= set(bundle.parts())
    assert json.loads(bundle.parts()["pyodide/pyodide-lock.json"])["packages"] == {}


@pytest.mark.skipif(not (ROOT / LIBRARY).exists(), reason="it is not there; run make checker")
def test_python_s_library_comes_compiled():
    """Every file of Pyodide's library is there, and those it starts with as bytecode alone."""
    source = zipfile.ZipFile(ROOT / "node_modules/pyodide/python_stdlib.zip").namelist()
    packed = zipfile.ZipFile(io.BytesIO(bundle.parts()["pyodide/python_stdlib.zip"])).namelist()
    assert len(set(packed)) == len(packed)
    assert sorted(name.removesuffix("c") for name in packed) == sorted(source)
    assert {"re/__init__.pyc", "asyncio/__init__.pyc", "dataclasses.pyc"} <= set(packed)
