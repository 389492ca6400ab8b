"""Reads HTML as browsers and screen readers do: what is visible, what links where, what is named and nested how."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

from datasets.text import Language
from tests.support.http import Client

VOID = frozenset({"base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
FOR_MACHINES = frozenset({"code", "pre", "script", "style"})
"""Names of columns and addresses may stand in these."""


@dataclass(eq=False)
class Element:
    """One element with what is inside it."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """All text inside, descendants included."""

    def inside(self, *tags: str) -> bool:
        return self.parent is not None and (self.parent.tag in tags or self.parent.inside(*tags))


class Document(HTMLParser):
    """A parsed page; ``problems`` says what is not well-formed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.visible: list[str] = []
        self.problems: list[str] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        self.problems += [f"<{element.tag}> is never closed" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.problems.append(f"<{tag}> has an attribute twice: {names}")
        parent = self._open[-1] if self._open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        self.elements.append(element)
        if parent is not None:
            parent.children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.problems.append(f"</{tag}> closes <{self._open[-1].tag if self._open else ''}>")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data
        tags = {element.tag for element in self._open}
        if data.strip() and "body" in tags and not tags & FOR_MACHINES:
            self.visible.append(data)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def values(self, attribute: str) -> list[str]:
        return [element.attributes[attribute] for element in self.elements if attribute in element.attributes]

    @property
    def links(self) -> list[str]:
        return [*self.values("href"), *self.values("src")]


def address(path: str, language: Language) -> str:
    """Return where a page is in a language."""
    return path if language == "vi" else f"/en{path}".rstrip("/")


def read(client: Client, path: str, *, status: int = 200) -> Document:
    """Return a page, which must be one."""
    response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Document(response.text)


def faults(document: Document) -> list[str]:
    """Return what breaks the rules of a page that everybody can use."""
    found = list(document.problems)
    ids = document.values("id")
    found += [f"two elements have the id {each}" for each in {each for each in ids if ids.count(each) > 1}]
    for attribute in ("aria-labelledby", "aria-describedby", "for"):
        named = [each for value in document.values(attribute) for each in value.split()]
        found += [f"{attribute} names {each}, which is not there" for each in named if each not in ids]
    found += _structure(document) + _tables(document) + _names(document)
    return found


def _structure(document: Document) -> list[str]:
    found = []
    html = document.all("html")[0]
    if html.attributes.get("lang") not in ("vi", "en"):
        found.append("html has no language")
    for tag, count in (("main", 1), ("h1", 1), ("title", 1), ("header", 1), ("footer", 1)):
        if len(document.all(tag)) != count:
            found.append(f"there must be {count} <{tag}>")
    headings = document.all("h1", "h2", "h3", "h4", "h5", "h6")
    found += [f"the heading {each.text!r} has another role" for each in headings if "role" in each.attributes]
    levels = [int(heading.tag[1]) for heading in headings]
    jumps = [(one, other) for one, other in pairwise(levels) if other > one + 1]
    found += [f"a heading of level {other} follows one of level {one}" for one, other in jumps]
    first = document.all("a")[0]
    if first.attributes["href"] != "#content" or "content" not in document.values("id"):
        found.append("the first link must skip to the content")
    return found


def _tables(document: Document) -> list[str]:
    found = []
    for table in document.all("table"):
        region = table.parent
        assert region is not None
        if (region.attributes.get("role"), region.attributes.get("tabindex")) != ("region", "0"):
            found.append("a table must scroll in a region that can have the focus")
        if not {"aria-label", "aria-labelledby"} & region.attributes.keys():
            found.append("the region of a table has no name")
        if not _is_prose(table) and table.children[0].tag != "caption":
            found.append("a table must begin with its caption")
    bare = [header for header in document.all("th") if "scope" not in header.attributes and not _is_prose(header)]
    return found + [f"the heading cell {header.text!r} has no scope" for header in bare]


def _is_described(image: Element) -> bool:
    """Say whether an image has text; a stamp beside a title only decorates it, which its empty text says."""
    text = image.attributes.get("alt")
    return bool(text) or (text == "" and image.attributes.get("class") == "spark")


def _names(document: Document) -> list[str]:
    found = [
        f"the link to {link.attributes['href']} has no text" for link in document.all("a") if not link.text.strip()
    ]
    found += ["a button has no text" for button in document.all("button") if not button.text.strip()]
    found += ["an image has no text" for image in document.all("img") if not _is_described(image)]
    inputs = [each for each in document.all("input", "select", "textarea") if each.attributes.get("type") != "hidden"]
    labelled = {label.attributes.get("for") for label in document.all("label")}
    found += ["an input has no label" for each in inputs if each.attributes.get("id") not in labelled]
    navigations = [each.attributes.get("aria-label") for each in document.all("nav")]
    if None in navigations or len(set(navigations)) != len(navigations):
        found.append("navigation landmarks must have different names")
    return found


def _is_prose(element: Element) -> bool:
    """Markdown makes tables without scope; their only heading row needs none."""
    return element.parent is not None and (
        "prose" in element.parent.attributes.get("class", "") or _is_prose(element.parent)
    )


def dangers(document: Document) -> list[str]:
    """Return whatever could run code or fetch from elsewhere that our templates never write."""
    found = [f"<{each.tag}>" for each in document.all("iframe", "object", "embed", "base", "svg", "style", "math")]
    # A script of this type is data: browsers neither run it nor ask the content security policy about it.
    code = [each for each in document.all("script") if each.attributes != {"type": "application/ld+json"}]
    scripts = [each for each in code if not each.attributes.get("src", "").startswith("/static/")]
    found += [f"script {each.attributes}" for each in (*scripts, *(e for e in code if e.text))]
    for element in document.elements:
        found += [f"{element.tag} {name}" for name in element.attributes if name.startswith("on") or name == "style"]
    for address in (*document.links, *document.values("action"), *document.values("formaction")):
        if ":" in address.split("/")[0] and not address.startswith(("http://", "https://", "mailto:")):
            found.append(f"address {address}")
    return found
