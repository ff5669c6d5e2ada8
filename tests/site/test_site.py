"""What the built site must hold."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
PAGES = re.findall(
    r"^ +- ([\w-]+)\.(?:md|ipynb)$",
    (ROOT / "mkdocs.yml").read_text(encoding="utf-8"),
    re.MULTILINE,
)
# What loads by itself, as against what a reader follows.
_LOADS = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "image": "href",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "use": "href",
    "video": "src",
}
_NOT_MATHEMATICS = re.compile(r"^ *(`{3,}).*?^ *\1|<!--.*?-->|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINKS_THAT_LOAD_NOTHING = {"canonical", "edit", "next", "prev"}

pytestmark = pytest.mark.site


def page_of(site: Path, slug: str) -> Path:
    """The file of a page, or of the one that stands in for missing ones."""
    if slug == "404":
        return site / "404.html"
    return site / ("index.html" if slug == "index" else f"{slug}/index.html")


def loads(html: str) -> list[str]:
    """The addresses that a browser fetches for a page by itself."""
    soup = BeautifulSoup(html, "html.parser")
    return [
        str(element[attribute])
        for name, attribute in _LOADS.items()
        for element in soup.find_all(name)
        if element.get(attribute) and not set(element.get("rel") or ()) & _LINKS_THAT_LOAD_NOTHING
    ]


def test_the_pages_stand(site: Path) -> None:
    """The site has the pages of its navigation, at least ten, and one for what is missing."""
    assert len(PAGES) >= 10
    built = {file.parent.name for file in site.glob("*/index.html")} | {"index"}
    assert set(PAGES) <= built
    assert (site / "404.html").exists()


def test_every_page_is_in_the_navigation() -> None:
    """No page is written and left out."""
    written = {file.stem for kind in ("*.md", "*.ipynb") for file in (ROOT / "docs").rglob(kind)}
    assert written == set(PAGES)


@pytest.mark.parametrize("slug", PAGES)
def test_code_on_the_page_ran(site: Path, slug: str) -> None:
    """No page shows a traceback where a result should be."""
    html = page_of(site, slug).read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" not in html
    assert 'exec="' not in html


@pytest.mark.parametrize("slug", PAGES)
def test_every_formula_is_drawn(site: Path, slug: str) -> None:
    """No TeX is left in a page's text, and every glyph drawn has its outline on the page."""
    html = page_of(site, slug).read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    outlines = {path["id"] for path in soup.select("svg.outlines path")}
    used = {str(use["href"])[1:] for use in soup.select(".formula use, .display use")}
    assert used == outlines
    for element in soup.select("script, style, pre, code, svg, .spoken"):
        element.decompose()
    article = soup.select_one("article")
    assert article is not None
    assert not re.search(r"\$|\\[a-z]+|[\ue000\ue001]", article.get_text())


@pytest.mark.parametrize("slug", [slug for slug in PAGES if slug != "make-moons"])
def test_every_display_in_the_source_is_drawn(site: Path, slug: str) -> None:
    """As many displays stand on the page as its source sets between double dollars."""
    source = (ROOT / "docs" / f"{slug}.md").read_text(encoding="utf-8")
    source = _NOT_MATHEMATICS.sub("", source)
    html = page_of(site, slug).read_text(encoding="utf-8")
    named = re.findall(r'class="display" id="display-\d+"', html)
    assert len(named) == source.count("$$") / 2


@pytest.mark.parametrize("slug", [*PAGES, "404"])
def test_a_page_loads_from_its_own_site_alone(site: Path, slug: str) -> None:
    """No script, style, font or picture comes from another host."""
    html = page_of(site, slug).read_text(encoding="utf-8")
    for address in loads(html):
        assert urlsplit(address).scheme in {"", "data"}, address
        assert not urlsplit(address).netloc, address
    assert not re.search(r"url\(['\"]?(?:https?:)?//|@import", html)


def test_styles_load_from_their_own_site_alone(site: Path) -> None:
    """No style sheet brings in a font or picture from another host."""
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"url\(['\"]?(?:https?:)?//|@import\b", text), sheet


@pytest.mark.parametrize("slug", [*PAGES, "404"])
def test_what_a_page_loads_is_there(site: Path, slug: str) -> None:
    """Everything that a page fetches or links to on its own site exists."""
    file = page_of(site, slug)
    html = file.read_text(encoding="utf-8")
    here = f"/workings/{file.relative_to(site).as_posix()}"
    links = [str(link["href"]) for link in BeautifulSoup(html, "html.parser").select("a[href]")]
    for address in loads(html) + links:
        parts = urlsplit(urljoin(here, address))
        if parts.scheme or parts.netloc:
            continue
        target = site / unquote(parts.path).removeprefix("/workings").lstrip("/")
        assert (target / "index.html" if target.is_dir() else target).exists(), address


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_is_light(site: Path, slug: str) -> None:
    """A page and all that it needs come to less than 150 KB as sent."""
    file = page_of(site, slug)
    html = file.read_text(encoding="utf-8")
    needed = [
        file.parent / urlsplit(address).path
        for address in loads(html)
        if urlsplit(address).path and not address.startswith("data:")
    ]
    total = sum(len(gzip.compress(part.read_bytes())) for part in {file, *needed})
    assert total < 150_000


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_says_what_it_is(site: Path, slug: str) -> None:
    """Each page has a title, a description that fits a search result, and a card for sharing."""
    soup = BeautifulSoup(page_of(site, slug).read_text(encoding="utf-8"), "html.parser")
    description = soup.select_one('meta[name="description"]')
    assert description is not None
    assert 0 < len(str(description["content"])) <= 155
    for name in ("title", "description", "url", "image"):
        card = soup.select_one(f'meta[property="og:{name}"]')
        assert card is not None
        assert card["content"]
    assert len(soup.select("article h1")) == 1


def test_pictures_are_described(site: Path) -> None:
    """Every picture on a page says in words what it shows."""
    for slug in PAGES:
        soup = BeautifulSoup(page_of(site, slug).read_text(encoding="utf-8"), "html.parser")
        for picture in soup.select("article img"):
            assert picture.get("alt"), slug
            assert "No description" not in str(picture["alt"]), slug


def test_workflows_are_pinned_and_ask_for_little() -> None:
    """Each workflow's actions are pinned to a commit, and it may only read by default."""
    workflows = list((ROOT / ".github/workflows").glob("*.yml"))
    assert workflows
    for workflow in workflows:
        text = workflow.read_text(encoding="utf-8")
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
        for action in re.findall(r"uses: (.+)", text):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", action), action


def test_the_lock_names_the_public_index_alone() -> None:
    """Whoever installs from the lock fetches from PyPI, whatever its writer used."""
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    hosts = {urlsplit(address).netloc for address in re.findall(r'"(https?://[^"]+)"', text)}
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
