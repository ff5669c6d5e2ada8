"""What the page for authors promises: its example, its hook and its action."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from workings.page import parse
from workings.reading import check
from workings.transcript import example, refusals, transcript

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/for-authors.md").read_text(encoding="utf-8")


def fenced(language):
    """The YAML blocks of the page, parsed; `on` becomes a key like the others."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [yaml.load(block, yaml.BaseLoader) for block in blocks]


def test_the_transcript_is_what_the_checker_prints():
    """The example fails at the wrong row, with the one symbol that mends it, and status one."""
    shown = transcript("for-authors", "gradient.md")
    first, *_, status = shown.splitlines()
    assert first == "$ workings check gradient.md"
    assert "gradient.md:21:34: fails" in shown
    assert "true if `p_k` is `p_i`" in shown
    assert status == "1"


def test_the_example_has_one_wrong_symbol():
    """With the symbol that the checker proposes, every claim of the example passes."""
    text = example("for-authors", "gradient.md")
    wrong = r"(\delta_{ik} - p_k)"
    assert text.count(wrong) == 1
    mended = check(parse(text.replace(wrong, r"(\delta_{ik} - p_i)")))
    assert [claim.verdict for claim in mended] == ["definition", "definition", "holds", "holds"]


def test_a_fence_that_is_not_there_is_named():
    """A title that no fence on the page has raises an error that says so."""
    with pytest.raises(ValueError, match=r'docs/for-authors\.md: 0 fences say title="none\.md"'):
        example("for-authors", "none.md")


def test_a_formula_that_can_be_read_is_no_refusal():
    """The table of refusals can't go out of date: what is read by now stops the build."""
    table = refusals("for-authors", [r"x_n = \pm x_n"])
    assert r"| `x_n = \pm x_n` | I can't read `\pm` here |" in table
    with pytest.raises(ValueError, match="is no longer refused"):
        refusals("for-authors", [r"x_n = x_n"])


def test_the_hook_runs_a_command_that_the_package_installs():
    """The hook that the page names exists, and what it runs is an entry point."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    used = [repo["hooks"][0]["id"] for block in fenced("yaml") for repo in block.get("repos", [])]
    assert used == [hook["id"]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    command, *arguments = shlex.split(hook["entry"])
    assert command in project["scripts"]
    assert arguments == ["check"]


def test_the_action_takes_what_the_page_gives_it():
    """The page's workflow gives the action inputs that it has."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (workflow,) = [block for block in fenced("yaml") if "jobs" in block]
    steps = workflow["jobs"]["check"]["steps"]
    (step,) = [step for step in steps if step["uses"].startswith("workings-site/workings@")]
    assert set(step["with"]) <= set(action["inputs"])


@pytest.mark.parametrize(("paths", "status"), [("good.md", 0), ("good.md bad.md", 1)])
def test_the_actions_last_step_checks_every_path(tmp_path, paths, status):
    """The action's own shell line checks the paths it is given, and marks what fails."""
    if sys.platform == "win32":
        pytest.skip("the line is for bash")
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    for name, right in [("good", "2"), ("bad", "3")]:
        (tmp_path / f"{name}.md").write_text(f"$$\n1 + 1 = {right}\n$$\n", encoding="utf-8")
    program = tmp_path / "runner/workings/bin/workings"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m workings "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    run = subprocess.run(
        ["bash", "-e", "-c", action["runs"]["steps"][-1]["run"]],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env=os.environ
        | {"PATHS": paths, "RUNNER_TEMP": str(tmp_path / "runner"), "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == status, run.stderr
    assert ("::error file=bad.md,line=2" in run.stdout) == (status == 1)
