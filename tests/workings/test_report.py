"""Reports: what people read, and what machines read, for every verdict."""

import json
import re
from dataclasses import replace

import pytest

from workings.formats import as_json, github, sarif
from workings.page import parse
from workings.reading import check
from workings.repair import Repair
from workings.report import Mismatch, Result, status, text
from workings.trial import Witness
from workings.words import cure, number, witness

FRONT = "---\nsymbols: {o: {shape: [K]}, y: {shape: [K], domain: onehot}}\n---\n"
QUESTION = (
    FRONT
    + r"""
$$p_j = \frac{e^{o_j}}{\sum_k e^{o_k}}$$

$$L = - \sum_j y_j \log p_j,$$

$$\begin{aligned}\frac{\partial L}{\partial o_i}
&= - \left( y_i (1 - p_i) + \sum_{k \neq i} -p_k y_k \right) \\
&= p_i y_i - y_i + \sum_{k \neq i} p_k y_k \end{aligned}$$
"""
)
ANSWER = r"""question.md:10:2: fails

  10 | &= - \left( y_i (1 - p_i) + \sum_{k \neq i} -p_k y_k \right) \\
     |  ^                                           ~~~
     |                                              p_i

  left   ∂L/∂o_i
  right  −(y_i (1 − p_i) + Σ_(k≠i) −p_k y_k)
  at K = 2, o = (1, 0), y = (1, 0), i = 2: left 0.269, right 0.731
  true if `p_k` is `p_i`
  the line after it follows from it

3 displays, 4 claims: 1 holds, 1 fails, 2 definitions"""


def result(source, path="page.md"):
    """Check a page given as text."""
    page = parse(source, path)
    return Result(path, page, tuple(check(page)))


def shown(source, **options):
    return text([result(source)], **options)


def test_failing_claim_comes_with_its_row_its_numbers_and_its_cure():
    """A wrong line shows its row, both sides, a witness, the edit and what follows from it."""
    found = text([result(QUESTION, "question.md")])
    numbers = re.compile(r"at K = .*: left .*")
    assert numbers.sub("at …", found) == numbers.sub("at …", ANSWER)


def test_witness_is_where_the_sides_differ():
    """The numbers of the report are the claim's own, rounded to three decimals."""
    made = result(QUESTION).claims[2].witness
    assert f"left {number(made.left, 3)}, right {number(made.right, 3)}" in shown(QUESTION)


def test_unknown_claim_shows_its_reason_and_a_caret():
    """What can't be read is pointed at, with the reason, once for all links that rest on it."""
    found = shown("$$\na = b = c\n$$\n$$a = \\frac{q_i}{2} = 3$$")
    assert found.count("q is not declared") == 1
    row, under = found.split("\n")[-6:-4]
    assert row[under.index("^") :].startswith("q_i") or "q_i" in found


def test_caret_stands_under_the_place():
    """The caret's column is that of the sign, whatever wide or combining marks precede it."""
    row, under = shown("$$1 + 1 = 3$$").split("\n")[2:4]
    assert row[under.index("^")] == "="
    wide = shown("$$\\text{二} + 1 = 3$$").split("\n")
    assert wide[3].index("^") == wide[2].index("=") + 1


def test_long_row_is_cut_around_the_place():
    """A row wider than the page shows the part around the caret."""
    tex = " + ".join(["1"] * 200)
    row, under = shown(f"$${tex} = 3 + {tex}$$", width=60).split("\n")[2:4]
    assert len(row) <= 70
    assert row[under.index("^")] == "="


def test_waiver_and_mistake_on_purpose_are_shown_and_pass():
    """Both stand in the report with their reason or their sides, and neither fails the run."""
    source = (
        '<!-- workings: waive="a limit, not a sum" -->\n$$1 = 2$$\n\n'
        '<!-- workings: fails="1" -->\n$$2 = 3$$\n'
    )
    found = result(source)
    assert text([found]).split("\n") == [
        "page.md:2:5: waived: a limit, not a sum",
        "page.md:5:5: fails, as it is meant to: 2 = 3",
        "",
        "2 displays, 2 claims: 1 fails on purpose, 1 waived",
    ]
    assert status([found]) == 0


def test_verbose_lists_every_claim_with_what_it_uses():
    """Asked for everything, the report has a line for each claim and names what it rests on."""
    source = (
        FRONT
        + "$$p_j = \\frac{e^{o_j}}{\\sum_k e^{o_k}}$$\n$$L = -\\sum_j y_j \\log p_j$$\n"
        + "$$\\frac{\\partial L}{\\partial o_i} = p_i - y_i$$\n"
    )
    assert shown(source) == "3 displays, 3 claims: 1 holds, 2 definitions"
    lines = shown(source, verbose=True).split("\n")
    assert lines[:3] == [
        "page.md:4:7: defines: p_j = e^(o_j)/(Σ_k e^(o_k))",
        "page.md:5:5: defines: L = −Σ_j y_j log p_j",
        "page.md:6:35: holds: ∂L/∂o_i = p_i − y_i   (uses Σ y = 1)",
    ]


def test_warning_is_shown_where_the_claim_holds():
    """A claim that holds with a warning is listed with it."""
    source = FRONT + "$$s = \\sum_k o_k$$\n$$o_i = o_i + s - \\sum_i o_i$$\n"
    assert "note: the sum binds i again" in shown(source)


def test_colour_only_on_request():
    """No escape sequence stands in a report without colour, and the words are the same with it."""
    plain, painted = shown("$$1 = 2$$"), shown("$$1 = 2$$", colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", painted) == plain
    assert painted != plain


@pytest.mark.parametrize("mark", ["\x1b[31m", "\u202e", "\x07", "\r", "\x9b2J"])
def test_control_characters_never_reach_the_terminal(mark):
    """Control characters of a page, also those that reverse text, are shown as a blank sign."""
    for verbose in (False, True):
        assert mark not in shown(f"$$1{mark} = 2 + q_{{{mark}}}$$", verbose=verbose)


def test_stepper_out_of_step_is_shown_and_fails():
    """A stepper that disagrees is named with its yield, and the exit status is 1."""
    found = Result("page.md", parse(""), steppers=(Mismatch(7, "softmax:same: yield 2: 1, not 2"),))
    assert text([found]).startswith("page.md:7: out of step\n  softmax:same: yield 2: 1, not 2\n\n")
    assert status([found]) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("p_k", "p_i", "true if `p_k` is `p_i`"),
        ("x^T y", "\\frac{1}{N} x^T y", "true with `\\frac{1}{N}` before `x^T y`"),
        ("-e^x", "e^x", "true without `-` before `e^x`"),
        ("+ b", "", "true without `+ b`"),
    ],
)
def test_repair_in_words(old, new, said):
    """A repair reads as a swap, as something added, or as something taken away."""
    assert cure(Repair(old, new, 0, len(old))) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.2689414, "0.269"), (-1.0, "−1"), (-0.0, "0"), (-1e-17, "−1 × 10^−17"),
        (1234567.0, "1.23 × 10^6"), (100.0, "100"), (float("inf"), "∞"), (0.0, "0"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_for_people(value, said):
    """Three decimals, no trailing zeros, a true minus sign, powers of ten where they are needed."""
    assert number(value, 3) == said


def test_witness_takes_the_digits_it_needs():
    """Two values that agree in three decimals are told apart with more."""
    found = witness(Witness({"K": 1}, {"o": [[1.0]]}, {"i": 1}, 0.12345, 0.12346))
    assert found == "at K = 1, o = ((1)), i = 1: left 0.12345, right 0.12346"


def test_entry_of_an_array_is_named_by_its_place():
    """In matrix notation the witness names the entry, since no letter does."""
    found = witness(Witness({}, {}, {"entry 0": 1, "entry 1": 2}, 0.0, 1.0))
    assert found == "at entry (1, 2): left 0, right 1"


KEYS = ["path", "line", "column", "display", "claim", "left", "right", "relation", "verdict",
        "reason", "needs", "repair", "witness", "warnings", "error", "samples", "sizes", "meant",
        "steps", "cell"]  # fmt: skip


def test_json_has_an_object_for_each_claim_in_reading_order():
    """Definitions included, every claim is one object with all its keys."""
    found = json.loads(as_json([result(QUESTION)]))
    assert [claim["verdict"] for claim in found] == ["definition", "definition", "fails", "holds"]
    assert [claim["line"] for claim in found] == sorted(claim["line"] for claim in found)
    for claim in found:
        assert set(KEYS) <= set(claim)
    assert found[2]["repair"] == {"old": "p_k", "new": "p_i", "line": 10, "column": 46}
    assert set(found[2]["witness"]) == {"sizes", "inputs", "indices", "left", "right"}


def test_json_of_numbers_without_a_spelling_is_still_json():
    """A value that is infinite is null, for JSON has no word for it."""
    made = result("$$1 = 2$$")
    claim = replace(made.claims[0], witness=Witness({}, {}, {}, float("inf"), float("nan")))
    found = as_json([replace(made, claims=(claim,))])
    assert json.loads(found, parse_constant=pytest.fail)[0]["witness"]["left"] is None


def test_github_annotation_names_file_line_and_column():
    """A failing claim is an error beside its line."""
    lines = github([result(QUESTION, "docs/a.md")]).splitlines()
    assert lines[0].startswith("::error file=docs/a.md,line=10,col=2,title=fails::∂L/∂o_i")
    assert len(lines) == 2


def test_github_annotation_can_not_be_forged():
    """Line ends, percent signs and separators of a page or of its name stay inside one command."""
    source = '<!-- workings: waive="100%\n::error::forged" -->\n$$1 = 2$$\n$$3 = 4$$'
    lines = github([result(source, "a,b:c\n::x.md")]).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("::notice file=a%2Cb%3Ac%0A%3A%3Ax.md,line=")
    assert "100%25" in lines[0]


def test_github_annotation_of_a_notebook_names_the_cell():
    """The lines of a notebook are those of a cell, so the words say which."""
    made = result("$$1 = 2$$", "a.ipynb")
    cell = replace(made.claims[0], cell=4)
    line = github([replace(made, claims=(cell,))]).splitlines()[0]
    assert line.startswith("::error file=a.ipynb,title=fails::cell 4, line 1: 1 = 2")


def test_sarif_has_the_properties_its_schema_requires():
    """The log, its run, each result, location, region, fix and suppression have what they must."""
    source = QUESTION + '\n<!-- workings: waive="why" -->\n$$1 = 2$$\n\n$$q_i + 3 = 2$$\n'
    stepper = (Mismatch(3, "softmax:same: differs"),)
    results = [
        replace(result(source, "docs/a b.md"), steppers=stepper),
        Result("no.md", problem="no"),
    ]
    log = json.loads(sarif(results, "1.2.3"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("workings", "1.2.3")
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(set(rules)) == len(rules)
    found = {finding["ruleId"]: finding for finding in run["results"]}
    assert set(found) == {"fails", "waived", "unknown", "steps", "unreadable"}
    for finding in run["results"]:
        assert rules[finding["ruleIndex"]] == finding["ruleId"]
        assert finding["level"] in ("none", "note", "warning", "error")
        assert finding["message"]["text"]
        for location in finding["locations"]:
            physical = location["physicalLocation"]
            assert re.fullmatch(r"[\w./%-]+", physical["artifactLocation"]["uri"])
            region = physical.get("region", {"startLine": 1, "startColumn": 1})
            assert region["startLine"] >= 1
            assert region["startColumn"] >= 1
    (suppression,) = found["waived"]["suppressions"]
    assert suppression == {"kind": "inSource", "justification": "why"}
    (change,) = found["fails"]["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "docs/a%20b.md"
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"]["text"] == "p_i"
    region = replacement["deletedRegion"]
    row = source.splitlines()[region["startLine"] - 1]
    assert row[region["startColumn"] - 1 : region["endColumn"] - 1] == "p_k"
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "no"


@pytest.mark.parametrize(
    ("sources", "problem", "expected"),
    [
        (["$$1 = 1$$"], "", 0),
        ([""], "", 0),
        (["$$1 = 2$$"], "", 1),
        (["$$q_i + 1 = 2$$"], "", 2),
        (["$$q_i + 1 = 2$$", "$$1 = 2$$"], "", 1),
        (["$$1 = 2$$"], "a file is missing", 2),
        (["$$1 = 1$$"], "a file is missing", 2),
    ],
)
def test_exit_status(sources, problem, expected):
    """An unreadable file is 2 before all, then a failure is 1, then an unknown is 2."""
    results = [result(source) for source in sources]
    results += [Result("lost.md", problem=problem)] if problem else []
    assert status(results) == expected
