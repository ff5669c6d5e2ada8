"""The engine as the browser calls it gives the verdicts that the command line gives."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workings.browser import answer
from workings.page import read
from workings.reading import check

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("docs", "tests/seeds")
    for path in (ROOT / folder).glob("*.*")
    if path.suffix in (".md", ".ipynb")
)
DATA = json.loads((ROOT / "docs/assets/check/examples.json").read_text(encoding="utf-8"))
EXAMPLES = {example["name"]: example["text"] for example in DATA["examples"]}
# The examples that one edit after another turns right, and the number of edits that it takes.
MENDED = {
    "A blog post on softmax": 1, "A sign": 1, "One index for another": 1, "A missing sum": 1,
    "A lost 1/N": 1, "The wrong logarithm": 1, "The product rule on a quotient": 1,
}  # fmt: skip
FINE = ["Its answer", "A blog post on the loss"]


def asked(text, **more):
    return json.loads(answer(json.dumps({"text": text, **more})))


def verdicts(found):
    """A row that follows from a wrong one holds as a step, which is what the claim says."""
    return ["holds" if row["verdict"] == "follows" else row["verdict"] for row in found["rows"]]


@pytest.mark.parametrize("path", PAGES)
def test_pages_get_the_same_verdicts(path, monkeypatch):
    """Where a page declares what it uses, the browser's verdicts are the command line's."""
    monkeypatch.chdir(ROOT)
    text = Path(path).read_text(encoding="utf-8")
    found = asked(text, path=str(Path(path).with_suffix(".md")))
    claims = [claim.verdict for claim in check(read(path))]
    guessed = [symbol["head"] for symbol in found["symbols"] if symbol["guessed"]]
    if guessed:
        assert path.startswith("tests/seeds/")
        kept = [(one, two) for one, two in zip(verdicts(found), claims, strict=True)
                if two != "unknown"]  # fmt: skip
        assert all(one == two for one, two in kept)
    else:
        assert verdicts(found) == claims


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_download_is_checked_to_the_same_verdicts(name, tmp_path):
    """The Markdown a reader takes home has the same verdicts under `python -m workings check`."""
    found = asked(EXAMPLES[name])
    file = tmp_path / "derivation.md"
    file.write_text(found["markdown"], encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "workings", "check", "--format", "json", file],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert [claim["verdict"] for claim in json.loads(ran.stdout)] == verdicts(found)


@pytest.mark.parametrize("name", MENDED)
def test_applied_repairs_turn_an_example_right(name):
    """Putting the repair's text at its place makes the failing line hold, and nothing else fail."""
    text = EXAMPLES[name]
    for _ in range(MENDED[name]):
        found = asked(text)
        repair = next(row["repair"] for row in found["rows"] if row["verdict"] == "fails")
        assert text[repair["at"] : repair["end"]] == repair["old"]
        text = text[: repair["at"]] + repair["new"] + text[repair["end"] :]
    assert set(verdicts(asked(text))) <= {"definition", "holds"}


@pytest.mark.parametrize("name", FINE)
def test_right_examples_hold(name):
    """The published derivations that are right hold in every line."""
    assert set(verdicts(asked(EXAMPLES[name]))) <= {"definition", "holds"}


def test_the_question_is_answered():
    """The forum's question goes wrong in one line, which is named, mended and followed."""
    found = asked(EXAMPLES["A question from a forum"])
    kinds = [row["verdict"] for row in found["rows"]]
    assert kinds == ["definition"] * 2 + ["holds"] * 2 + ["fails", "follows", "follows", "holds"]
    wrong = found["rows"][4]
    assert (wrong["repair"]["old"], wrong["repair"]["new"]) == ("p_k", "p_i")
    assert wrong["witness"]["left"] != wrong["witness"]["right"]
    assert "fails" in found["report"]
    assert found["rows"][-1]["needs"] == ["Σ y = 1"]


def test_a_missing_transpose_is_pointed_at():
    """Shapes that don't fit are named, with the place in the source."""
    row = asked(EXAMPLES["A missing transpose"])["rows"][-1]
    assert row["verdict"] == "unknown"
    assert "transpose" in row["reason"]
    assert row["caret"]["here"].startswith("W")


def test_every_name_on_the_page_is_an_example():
    """The menu of the page offers the examples there are, in their order."""
    page = (ROOT / "docs/check.md").read_text(encoding="utf-8")
    names = [line[8:-9] for line in page.splitlines() if line.startswith("<option>")]
    assert names == list(EXAMPLES)
    assert page.count("data-setup=") == len(DATA["setups"])


@pytest.mark.parametrize("setup", DATA["setups"])
def test_a_set_up_defines_and_declares_all_it_uses(setup):
    """A common set-up needs no guess, and nothing in it is unknown."""
    found = asked(setup["text"], chosen=setup["symbols"])
    assert not any(symbol["guessed"] for symbol in found["symbols"])
    assert set(verdicts(found)) == {"definition"}


def test_a_choice_changes_the_verdict():
    """What a reader chooses for a symbol counts, and is not guessed any more."""
    text = r"L = -\sum_j y_j \log \frac{e^{o_j}}{\sum_k e^{o_k}}" "\n\n" \
           r"\frac{\partial L}{\partial o_i} = \frac{e^{o_i}}{\sum_k e^{o_k}} - y_i"  # fmt: skip
    assert verdicts(asked(text)) == ["definition", "holds"]
    found = asked(text, chosen={"y": {"shape": ["K"], "domain": "real"}})
    assert verdicts(found) == ["definition", "fails"]
    assert [s["head"] for s in found["symbols"] if not s["guessed"]] == ["y"]


def test_a_choice_for_a_symbol_that_is_gone_is_dropped():
    """A choice does not outlive the symbol it was made for."""
    found = asked("$$x_i = x_i + 0$$", chosen={"b": {"shape": [], "domain": "real"}})
    assert [symbol["head"] for symbol in found["symbols"]] == ["x"]


def test_places_count_as_a_browser_counts():
    """A place after a character outside the first plane of Unicode counts it twice."""
    text = "\U0001d465 and so on: $$\\frac{1}{2} = \\frac{1}{3}$$ $$1 + 1 = 3 + 1$$"
    row = asked(text)["rows"][0]
    plain = asked("x" + text[1:])["rows"][0]
    assert row["at"] == plain["at"] + 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\nsymbols: [\n---\n$a = b$", "not YAML"),
        ("---\nuses: [no-such-page]\n---\n$a = b$", "no-such-page"),
        ("---\nsymbols:\n  a: {domain: odd}\n---\n$a = b$", "odd"),
        ("a" * 100_000, "characters"),
    ],
)
def test_a_problem_is_said_in_words(text, said):
    """What can't be read at all comes back as a sentence."""
    assert said in asked(text)["problem"]


def test_a_strange_choice_is_refused():
    """A shape that is no list of letters, as a forged link may hold, is an error in words."""
    chosen = {"a": {"shape": ["K], b: ["], "domain": "real"}}
    assert "names an axis" in asked("$$a = a$$", chosen=chosen)["problem"]


@pytest.mark.parametrize(
    ("display", "pieces"),
    [
        (
            "\\begin{aligned} a &= b + 0 \\\\ &= b \\\\[1ex] &= a \\end{aligned}",
            ["a = b + 0", "= b", "= a"],
        ),
        (
            "a = \\begin{cases} a & a > 0 \\\\ a & a \\leq 0 \\end{cases} = a",
            ["a = \\begin{cases} a & a > 0 \\\\ a & a \\leq 0 \\end{cases}", "= a"],
        ),
        ("\\boxed{a = b} \\tag{1}", ["\\boxed{a = b}"]),
        ("{\\color{red} a = b} = a", ["{\\color{red} a = b}", "= a"]),
    ],
)
def test_a_display_is_cut_into_rows(display, pieces):
    """Each row shows its own stretch of the LaTeX, without what only laid the rows out."""
    rows = asked(f"$${display}$$", chosen={
        "a": {"shape": [], "domain": "real"}, "b": {"shape": [], "domain": "real"},
    })["rows"]  # fmt: skip
    assert [" ".join(row["tex"].split()) for row in rows] == pieces
