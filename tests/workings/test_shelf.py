"""What a server keeps of what it has made."""

from __future__ import annotations

import os
from pathlib import Path

from workings.shelf import Shelf


def test_what_is_put_is_found(tmp_path: Path) -> None:
    """A value is found under its key, by the next server too, and nothing under another."""
    Shelf(tmp_path / "kept").put("one", {"content": "<p>"})
    for shelf in (Shelf(tmp_path / "kept"), Shelf(tmp_path / "kept")):
        assert shelf.has("one")
        assert shelf.find("one") == {"content": "<p>"}
        assert not shelf.has("other")
        assert shelf.find("other") is None


def test_only_the_newest_stay(tmp_path: Path) -> None:
    """Tidying leaves the newest files in the folder, and drops what nobody asked for since."""
    shelf = Shelf(tmp_path)
    shelf.NEWEST = 2
    for age, key in enumerate(["new", "old", "oldest"]):
        shelf.put(key, key)
        os.utime(tmp_path / key, (1000 - age, 1000 - age))
    shelf.tidy()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new", "old"]
    assert shelf.find("new") == "new"
    shelf.tidy()
    assert Shelf(tmp_path).find("oldest") is None
    assert shelf.find("oldest") is None


def test_nothing_half_written_is_found(tmp_path: Path) -> None:
    """What a server was writing when it was stopped isn't there for the next one."""
    (tmp_path / "one.123").write_bytes(b"\x80")
    assert Shelf(tmp_path).find("one") is None
