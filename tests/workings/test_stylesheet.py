"""A theme's style sheet without the rules that no page has a use for."""

import pytest

from workings.stylesheet import names, pruned

NAMES = {"a", "i", "tabbed-set", "__tabbed_1_2", "__tabbed_2_1"}
KEPT = [
    ("p{x:y}", "p{x:y}"),
    ("/* why */ .a { x: y }", ".a { x: y }"),
    (".a,.b>*{x:y}", ".a{x:y}"),
    ("#i .a{x:y}", "#i .a{x:y}"),
    ("*,.c{x:y}", "*{x:y}"),
    ('@charset "utf-8";.a{x:url(y.svg)}', '@charset "utf-8";.a{x:url(y.svg)}'),
    ("@media print{.a{x:y}.b{x:y}}", "@media print{.a{x:y}}"),
    ("@supports (x:y){@media print{.a{x:y}}}", "@supports (x:y){@media print{.a{x:y}}}"),
    ("@keyframes b{from{x:y}to{x:z}}", "@keyframes b{from{x:y}to{x:z}}"),
    # What stands in brackets may be there or not.
    ("p:not(.b){x:y}", "p:not(.b){x:y}"),
    (".a:is(.b,.c){x:y}", ".a:is(.b,.c){x:y}"),
    ('[title=".b"]{x:y}', '[title=".b"]{x:y}'),
    (".tabbed-set :nth-child(2){x:y}", ".tabbed-set :nth-child(2){x:y}"),
    (".tabbed-set :nth-child(2n){x:y}", ".tabbed-set :nth-child(2n){x:y}"),
    (".a :nth-child(9){x:y}", ".a :nth-child(9){x:y}"),
]
LEFT_OUT = [
    ".b{x:y}",
    ".a.b{x:y}",
    ".a .b .a{x:y}",
    "p#j{x:y}",
    ".b>*{x:y}",
    "@media print{.b{x:y}}",
    ".tabbed-set :nth-child(3){x:y}",
]


@pytest.mark.parametrize(("sheet", "expected"), KEPT)
def test_a_rule_that_may_match_stays(sheet: str, expected: str) -> None:
    """What an element of some page may match is written as it was."""
    assert pruned(sheet, NAMES) == expected


@pytest.mark.parametrize("sheet", LEFT_OUT)
def test_a_rule_that_cannot_match_goes(sheet: str) -> None:
    """A class or id that no page has, or a tab beyond the last, makes a selector useless."""
    assert pruned(sheet, NAMES) == ""


def test_names_come_from_pages_and_scripts() -> None:
    """A page's classes and ids count, quoted or not; of a script any word may become one."""
    page = '<p class="a b-c"><i id=x>no</i><b id="y" title="z">'
    assert names([page], ["e.classList.add(`d--e`)"]) == {
        *("a", "b-c", "x", "y"),
        *("e", "classList", "add", "d--e"),
    }
