"""The theme's style sheet, less what no page uses."""

from __future__ import annotations

from pathlib import Path

import material
import pytest
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

_WHOLE = next((Path(material.__file__).parent / "templates/assets/stylesheets").glob("main.*.css"))

# The selectors of the first sheet that the second lacks, each as it would be with every state on.
_LACKING = r"""([whole, left]) => {
  const split = (text) => {
    const parts = [""];
    let depth = 0;
    for (const c of text) {
      depth += (c === "(") - (c === ")");
      if (c === "," && depth === 0) parts.push("");
      else parts[parts.length - 1] += c;
    }
    return parts.map((part) => part.trim());
  };
  const selectors = (text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    const walk = (rules) =>
      [...rules].flatMap((rule) =>
        rule.selectorText ? split(rule.selectorText) : rule.name ? [] : walk(rule.cssRules ?? []));
    return walk(sheet.cssRules);
  };
  const kept = new Set(selectors(left));
  const gone = new Set(selectors(whole).filter((one) => !kept.has(one)));
  return [...gone].map((one) =>
    one
      .replace(/::[-\w]+(\([^)]*\))?/g, "")
      .replace(/:(hover|focus[-\w]*|active|target|checked|placeholder-shown)\b/g, ":nth-child(n)")
      .replace(/(^|[\s>+~])$/, "$1*"));
}"""
_MATCHING = "(selectors) => selectors.filter((one) => document.querySelector(one))"


def test_no_element_lacks_a_rule(site: Path, browser: Browser, address: str) -> None:
    """What was left out matches nothing: on no page, scripts run, nor in the box of a search."""
    page = browser.new_page()
    (left,) = (site / "assets/stylesheets").glob("main.*.css")
    page.goto(address)
    gone = page.evaluate(_LACKING, [_WHOLE.read_text("utf-8"), left.read_text("utf-8")])
    assert len(gone) > 500
    for file in sorted(site.rglob("index.html")):
        slug = file.parent.relative_to(site).as_posix()
        page.goto(f"{address}{slug}/" if slug != "." else address)
        assert page.evaluate(_MATCHING, gone) == [], slug
    page.focus(".md-search__input")
    page.keyboard.type("softmax")
    page.wait_for_selector(".md-search-result__item")
    assert page.evaluate(_MATCHING, gone) == []
    page.close()
