"""A converted notebook in the markup of the site's other pages.

nbconvert wraps each cell in JupyterLab's own markup, with its style sheet, its scripts and a
MathJax from another host. Only the cells' content is kept.
"""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag


def plain(html: str) -> str:
    """The cells in `html`, nbconvert's output, as headings, paragraphs, code and figures.

    Raises:
        ValueError: if there is no cell in it.
    """
    soup = BeautifulSoup(html, "html.parser")
    cells = [cell for cell in soup.select(".jp-Cell") if cell.find_parent(class_="jp-Cell") is None]
    if not cells:
        raise ValueError("no notebook cell in the HTML")
    return "\n".join(part for cell in cells for part in _parts(soup, cell))


def _parts(soup: BeautifulSoup, cell: Tag) -> list[str]:
    for unwanted in cell.select("script, style, .clipboard-copy-txt, .zeroclipboard-container"):
        unwanted.decompose()
    if text := cell.select_one(".jp-MarkdownOutput"):
        for link in text.select("a.anchor-link"):
            link["class"] = "headerlink"
            link["title"] = "Permanent link"
        return [text.decode_contents().strip()]
    return [
        *(_code(soup, block) for block in cell.select(".highlight-ipynb > pre")),
        *(_output(area) for area in cell.select(".jp-OutputArea-output")),
    ]


def _code(soup: BeautifulSoup, block: Tag) -> str:
    code = soup.new_tag("code")
    code.extend(list(block.contents))
    block.append(code)
    return f'<div class="highlight">{block}</div>'


def _output(area: Tag) -> str:
    return f'<div class="output">{area.decode_contents().strip()}</div>'
