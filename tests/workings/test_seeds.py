"""Three published derivations, formula for formula, and the verdict on each of their links."""

from pathlib import Path

import pytest

from workings.page import read
from workings.reading import check

SEEDS = Path(__file__).parents[1] / "seeds"

D, H, F, U = "definition", "holds", "fails", "unknown"

# A list for each display, with the verdict of each of its links.
VERDICTS = {
    "000-question": [[D], [D], [H], [H], [U], [F, H, H], [H]],
    "000-answer": [[H] * 7, [H], [H], [H], [H]],
    "001": [[D], [D, D], [U], [D], [U], [H] * 7, [H], [U], [H], [H]],
    "002": [
        [U], [D], [U], [D],
        # The first of the three is the chain rule with its sum over o left out; the other end of
        # that slip is the sum too many three displays on. The second slip is the wrong output.
        [F], [H] * 3, [H] * 2, [F, H], [H], [F],
        [H], [H], [H], [H], [H], [H], [H], [H],
    ],
}  # fmt: skip

# What can't be tried as printed, and why: display, link, and what the reason says.
UNREAD = {
    "000-question": {(5, 1): "dots leave the reader to guess"},
    "001": {
        (3, 1): "N is not declared",  # y and p have two indices here and one everywhere else
        (5, 1): "softmax needs a vector",  # it is given one component
        (8, 1): "f is neither declared nor defined",  # a rule for any f
    },
    "002": {
        (1, 1): "no axis of this page",  # a sum over `input(o)`
        (3, 1): "N is not declared",
    },
}

# What is true as printed and yet not quite well-formed.
WARNED = {
    "000-question": {(6, 3): "binds i again"},
    "001": {
        (6, 3): "j is free on the right side only",  # the j of 1/p_j p_j, which cancels
        (6, 4): "j is free on the left side only",
    },
    "002": {(5, 1): "o is free on the right side only", (10, 1): "binds o again"},
}


def claims(name):
    return check(read(SEEDS / f"{name}.md"))


def by_place(name):
    return {(claim.display, claim.claim): claim for claim in claims(name)}


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict_for_verdict(name):
    """Every link of a seed gets the verdict that its formulas deserve."""
    found = [[] for _ in VERDICTS[name]]
    for claim in claims(name):
        found[claim.display - 1].append(claim.verdict)
    assert found == VERDICTS[name]


@pytest.mark.parametrize("name", VERDICTS)
def test_what_cannot_be_tried_says_why(name):
    """Each unknown is listed here with its reason, and nothing else is unknown."""
    unread = {place: claim.reason for place, claim in by_place(name).items() if claim.verdict == U}
    expected = UNREAD.get(name, {})
    assert unread.keys() == expected.keys()
    assert all(expected[place] in reason for place, reason in unread.items())


@pytest.mark.parametrize(
    ("name", "place", "says"),
    [(name, place, says) for name, places in WARNED.items() for place, says in places.items()],
)
def test_what_is_ill_formed_is_warned_of(name, place, says):
    """An index that dangles, or that a sum takes over, is named beside the verdict."""
    assert any(says in warning for warning in by_place(name)[place].warnings)


def test_the_question_is_told_its_slip():
    """The failing row is mended by p_i for p_k, and the two rows after it follow from it."""
    claim = by_place("000-question")[6, 1]
    assert (claim.repair.old, claim.repair.new, claim.follows) == ("p_k", "p_i", 2)
    assert claim.witness.left != pytest.approx(claim.witness.right)


@pytest.mark.parametrize(
    ("name", "place"),
    [("000-question", (7, 1)), ("000-answer", (1, 7)), ("001", (6, 7)), ("002", (18, 1))],
)
def test_only_the_last_step_needs_labels_that_sum_to_one(name, place):
    """Of all the steps to p - y, the last alone leans on the labels."""
    places = by_place(name)
    assert places[place].needs == ("Σ y = 1",)
    before = [
        claim
        for (display, link), claim in places.items()
        if display == place[0] and link < place[1]
    ]
    assert all("Σ y = 1" not in claim.needs for claim in before)
