"""The command line: what it reads, what it writes where, and its exit status."""

import io
import json
import subprocess
import sys
from types import ModuleType

import pytest

from workings.__main__ import files, main
from workings.progress import Bar

TRUE, FALSE, UNKNOWN = "$$1 + 1 = 2$$\n", "$$1 + 1 = 3$$\n", "$$q_i + 1 = 2$$\n"
CHAIN = (
    "---\nsymbols: {o: {shape: [K]}}\n---\n\n"
    "<!-- workings: steps=\"fake:stepper\" -->\n$$\\sum_k 2 o_k = 2 \\sum_k o_k$$\n"
)  # fmt: skip


@pytest.fixture
def write(tmp_path):
    """Return a writer of files that gives back the path as text."""

    def put(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return str(path)

    return put


def notebook(*sources):
    cells = [{"cell_type": "markdown", "source": source} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}})


def refused(arguments, capsys):
    """What the command line says when it turns its arguments down."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([TRUE], 0),
        ([FALSE], 1),
        ([UNKNOWN], 2),
        ([TRUE, FALSE, UNKNOWN], 1),
        ([""], 0),
        (["---\nsymbols: {o: [\n---\n" + TRUE], 2),
        (["---\nsymbols: {o: {shape: K}}\n---\n" + TRUE, FALSE], 2),
        (["<!-- never closed\n" + TRUE], 2),
        (["$$(1 = 1$$\n"], 2),
    ],
)
def test_exit_status(pages, expected, write):
    """0 if all hold, 1 if one fails, 2 if one is unknown or a file can't be read in full."""
    assert main(["check", *(write(f"{i}.md", page) for i, page in enumerate(pages))]) == expected


def test_help_states_the_exit_status(capsys):
    """The rule for the exit status can be read from the command itself."""
    with pytest.raises(SystemExit) as stop:
        main(["check", "--help"])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert "exit status:" in said
    assert all(f"\n  {number}  " in said for number in (0, 1, 2))


def test_missing_file_is_named_and_the_rest_is_checked(write, capsys):
    """A file that isn't there gives exit 2, and the others are still reported."""
    assert main(["check", "nowhere.md", write("a.md", FALSE)]) == 2
    said = capsys.readouterr().out
    assert "unreadable: nowhere.md: can't be opened" in said
    assert "a.md:1:9: fails" in said
    assert said.endswith("1 display, 1 claim: 1 fails, 1 file unreadable\n")


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("symbols: {o: [", "the front matter is not YAML"),
        ("symbols: {o: {domain: odd}}", "not one of real, positive"),
        ("symbols: {o: 3}", "for example `o: {shape: [K]"),
        ("uses: nowhere", "nowhere.md: can't be opened"),
    ],
)
def test_bad_front_matter_says_what_and_where(front, said, write, capsys):
    """Front matter that can't be used ends in a sentence with the file's name, not a traceback."""
    path = write("a.md", f"---\n{front}\n---\n{TRUE}")
    assert main(["check", path]) == 2
    told = capsys.readouterr().out
    assert f"unreadable: {path}:" in told
    assert said in told
    assert "Traceback" not in told


def test_file_that_is_no_page_is_refused(write, capsys):
    """A file with another ending is named as what it is not."""
    assert main(["check", write("a.py", "x = 1")]) == 2
    assert "is neither Markdown (.md) nor a notebook (.ipynb)" in capsys.readouterr().out


def test_bytes_that_are_no_text_are_refused(tmp_path, capsys):
    """A file that isn't UTF-8 is named with the byte at fault."""
    (tmp_path / "a.md").write_bytes(b"$$1 = 1$$\n\xff")
    assert main(["check", str(tmp_path / "a.md")]) == 2
    assert "is not UTF-8 text (byte 10)" in capsys.readouterr().out


def test_folder_is_searched_in_order_without_hidden_and_built_folders(write, tmp_path):
    """Pages come sorted; hidden folders and files, site/ and other endings are left out."""
    for name in ("b.md", "a/z.ipynb", "a.md", ".hidden/c.md", "site/d.md", "a/e.txt", ".f.md"):
        write(name, "")
    names = [path.removeprefix(str(tmp_path)) for path in files(str(tmp_path))]
    assert names == ["/a.md", "/b.md", "/a/z.ipynb"]


def test_folder_without_pages_is_an_error(tmp_path, capsys):
    """Nothing to check isn't a pass."""
    assert main(["check", str(tmp_path)]) == 2
    assert "no Markdown file or notebook in this folder" in capsys.readouterr().out


def test_same_file_is_checked_once(write, tmp_path, capsys):
    """A file named twice, or in a folder that is named too, counts once."""
    path = write("a.md", TRUE)
    assert main(["check", path, str(tmp_path), path]) == 0
    assert capsys.readouterr().out == "1 display, 1 claim: 1 holds\n"


def test_notebook_is_checked_with_its_cells_named(write, capsys):
    """A claim of a notebook is placed by its cell and the line in it."""
    path = write("a.ipynb", notebook(TRUE, "text\n\n" + FALSE))
    assert main(["check", path]) == 1
    assert f"{path}:cell 2:3:9: fails" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[1]", '{"cells": 5}', '{"cells": [{}]}'])
def test_broken_notebook_is_refused(content, write, capsys):
    """A file that only claims to be a notebook is unreadable."""
    assert main(["check", write("a.ipynb", content)]) == 2
    assert "is not a notebook" in capsys.readouterr().out


def test_machine_formats_keep_problems_apart(write, capsys):
    """JSON on the standard output stays JSON; an unreadable file is told on the other one."""
    assert main(["check", "nowhere.md", write("a.md", FALSE), "--format", "json"]) == 2
    said = capsys.readouterr()
    (claim,) = json.loads(said.out)
    assert claim["verdict"] == "fails"
    assert "nowhere.md: can't be opened" in said.err


@pytest.mark.parametrize("wanted", ["json", "sarif", "github"])
def test_every_format_has_the_same_exit_status(wanted, write, capsys):
    """The form of the report doesn't change the outcome."""
    paths = [write("a.md", TRUE), write("b.md", FALSE)]
    assert main(["check", *paths, "--format", wanted]) == 1
    assert main(["check", paths[0], "--format", wanted]) == 0
    assert capsys.readouterr().out


def test_hostile_page_leaves_the_terminal_alone(write, capsys):
    """Escape sequences and workflow commands in a page come out as harmless text."""
    page = "$$1 \x1b[2J= 2 \\text{\x1b]0;x\x07}$$\n\n$$1 = q_{\n::error::x}$$\n"
    path = write("a.md", page)
    for wanted in ("text", "github", "json", "sarif"):
        main(["check", path, "--format", wanted, "-v"])
        said = capsys.readouterr().out
        assert "\x1b" not in said
        assert "\x07" not in said
        assert not any(line.startswith("::error::") for line in said.splitlines())


def test_terminal_with_few_letters_gets_the_rest_spelled_out(write, monkeypatch):
    """An output that can't show a sign gets its number instead of an error."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["check", "-v", write("a.md", "$$\\alpha = 1$$\n" + FALSE)]) == 1
    sys.stdout.flush()
    assert b"\\u03b1" in raw.getvalue()


def test_explain_takes_a_display_apart(write, capsys):
    """The display on a line shows its trees, its letters' axes, and both sides in numbers."""
    path = write(
        "a.md", "---\nsymbols: {o: {shape: [K]}}\n---\n$$\n\\sum_k 2 o_k\n= 2 \\sum_k o_k\n$$\n"
    )
    assert main(["check", "--explain", f"{path}:5"]) == 0
    said = capsys.readouterr().out
    tree = "side 2: 2 Σ_k o_k\n  product\n    2\n    sum over k\n      o at k\n"
    assert tree in said
    assert "letters\n  k runs over K\n" in said
    numbers = said[said.index("side 1 = side 2: holds") :].splitlines()[1:3]
    assert numbers[0].startswith("  at K = 2, o = (")
    left, right = numbers[1].strip().removeprefix("left ").split(", right ")
    assert left == right


def test_explain_takes_the_page_from_the_paths(write, capsys):
    """With one page named, a line is enough; a failing display keeps its exit status."""
    assert main(["check", write("a.md", "\n" + FALSE), "--explain", "2"]) == 1
    assert "side 1 = side 2: fails" in capsys.readouterr().out


def test_explain_a_cell_of_a_notebook(write, capsys):
    """In a notebook the cell comes before the line."""
    path = write("a.ipynb", notebook(TRUE, FALSE))
    assert main(["check", "--explain", f"{path}:2:1"]) == 1
    assert "display 2" in capsys.readouterr().out


def test_explain_what_can_not_be_read(write, capsys):
    """A side that has no tree shows the reason in its place."""
    assert main(["check", "--explain", write("a.md", UNKNOWN) + ":1"]) == 2
    assert "q is not declared" in capsys.readouterr().out


def test_explain_a_line_without_a_display(write, capsys):
    """A line with no display on it is refused with the lines that have one."""
    assert main(["check", "--explain", write("a.md", "text\n\n" + TRUE) + ":1"]) == 2
    assert "no display on line 1; displays begin on lines 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["check"], ["check", "--explain", "3"], ["check", "a.md", "--explain", "no line"],
     ["check", "a.md", "b.md", "--explain", "3"], ["check", "a.md", "--format", "xml"]],
)  # fmt: skip
def test_arguments_that_make_no_sense_are_refused(arguments, capsys):
    """Each is turned down with the usage and what to write instead."""
    assert "usage: workings" in refused(arguments, capsys)


def test_version(capsys):
    """The version is printed with the name, and nothing is checked."""
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("workings ")


@pytest.fixture
def stepper(monkeypatch):
    """Return a function that stands in for `snippets.fake:stepper`."""

    def put(function):
        module = ModuleType("snippets.fake")
        module.stepper = function
        monkeypatch.setitem(sys.modules, "snippets.fake", module)
        monkeypatch.setattr(sys, "path", sys.path[:])

    return put


def test_stepper_in_step_passes(write, stepper):
    """A stepper that yields every side of its chain lets the run pass."""

    def stepper_in_step(o):
        yield (2 * o).sum()
        yield 2 * o.sum()

    stepper(stepper_in_step)
    assert main(["check", write("a.md", CHAIN)]) == 0


def test_stepper_out_of_step_fails_and_names_row_and_yield(write, stepper, capsys):
    """A stepper that differs gives exit 1, with the row of the page and the yield at fault."""

    def stepper_out_of_step(o):
        yield (2 * o).sum()
        yield 3 * o.sum()

    stepper(stepper_out_of_step)
    path = write("a.md", CHAIN)
    assert main(["check", path]) == 1
    said = capsys.readouterr().out
    assert f"{path}:6: out of step\n  fake:stepper: yield 2 (" in said
    assert said.endswith("1 holds, 1 stepper out of step\n")


def test_start_is_free_of_numpy(write):
    """The engine needs the standard library and YAML alone, so that it starts at once."""
    code = (
        "import sys; from workings.__main__ import main; status = main(['check', sys.argv[1]]);"
        "heavy = {'numpy', 'mkdocs', 'markdown', 'bs4'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    path = write("a.md", FALSE)
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")


def test_module_passes_its_status_on(write):
    """`python -m workings` ends with the status of the check."""
    command = [sys.executable, "-m", "workings", "check"]
    assert subprocess.run([*command, write("a.md", FALSE)], capture_output=True).returncode == 1
    assert subprocess.run([*command, write("b.md", TRUE)], capture_output=True).returncode == 0


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def drawn(stream, seconds):
    """What a bar writes when its second display comes after some seconds."""
    times = iter([0.0, seconds, seconds, seconds])
    bar = Bar(4, stream=stream, clock=lambda: next(times))
    bar.tick(2, 4)
    bar.clear()
    return stream.getvalue()


def test_progress_bar_of_a_long_run_on_a_terminal():
    """After half a second a terminal sees how far the run has come, until the run ends."""
    said = drawn(Terminal(), 0.6)
    assert "2 of 4 displays" in said
    assert said.count("█") == said.count("░")
    assert said.endswith("\r\x1b[K")


def test_no_progress_bar_for_a_short_run_or_without_a_terminal():
    """A run that is over at once, or whose output goes to a file, has no bar."""
    assert drawn(Terminal(), 0.4) == ""
    assert drawn(io.StringIO(), 9.0) == ""


@pytest.mark.parametrize(
    ("variable", "value", "colour"),
    [("TERM", "xterm", True), ("NO_COLOR", "1", False), ("TERM", "dumb", False)],
)
def test_colour_only_where_it_is_wanted(variable, value, colour, write, monkeypatch):
    """A terminal gets colour unless NO_COLOR is set or it is a dumb one."""

    class Screen(io.TextIOWrapper):
        def isatty(self):
            return True

    raw = io.BytesIO()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "stdout", Screen(raw, encoding="utf-8"))
    main(["check", write("a.md", FALSE)])
    assert (b"\x1b[31m" in raw.getvalue()) == colour
