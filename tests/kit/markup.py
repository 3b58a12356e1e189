"""HTML as a tree, and only HTML that every browser reads the same way: anything crooked is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from typing import NamedTuple

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
BLOCKS = {"div", "p", "ol", "ul", "li", "form", "header", "footer", "main", "h1", "h2", "blockquote", "details"}


class Crooked(Exception):
    """A browser would have to guess what this HTML means."""


class Element:
    """A tag with what stands in it."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None = None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    @property
    def classes(self) -> set[str]:
        return set(self.get("class").split())

    @property
    def elements(self) -> list[Element]:
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def text(self) -> str:
        """All its text, exactly."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def walk(self) -> Iterator[Element]:
        for child in self.elements:
            yield child
            yield from child.walk()

    def ancestors(self) -> Iterator[Element]:
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def all(self, selector: str) -> list[Element]:
        """What the selector finds: lists of descendants of tag, #id, .class and [attribute="value"]."""
        wanted = selector.replace(" ,", ",").replace(", ", ",").split(",")
        ids = {one[1:] for one in wanted if one.startswith("#") and " " not in one}
        others = [_steps(one) for one in wanted if one[1:] not in ids]
        return [one for one in self.walk() if one.get("id") in ids or any(_matches(one, steps) for steps in others)]

    def one(self, selector: str) -> Element:
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    def has(self, selector: str) -> bool:
        return bool(self.all(selector))

    def copy(self) -> Element:
        twin = Element(self.tag, dict(self.attributes))
        twin.add([child if isinstance(child, str) else child.copy() for child in self.children])
        return twin

    def put(self, *children: Element | str) -> None:
        """Have these children instead."""
        self.children = []
        self.add(children)

    def add(self, children: tuple[Element | str, ...] | list[Element | str]) -> None:
        for child in children:
            if isinstance(child, Element):
                child.parent = self
            self.children.append(child)

    def replace(self, *others: Element | str) -> None:
        """Let others stand in its place, or none."""
        assert self.parent is not None
        place = self.parent.children.index(self)
        self.parent.children[place : place + 1] = others
        for other in others:
            if isinstance(other, Element):
                other.parent = self.parent


def parse(html: str) -> Element:
    """The tree of a page or of a fragment. Raises Crooked."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if len(reader.open) > 1:
        raise Crooked(f"<{reader.open[-1].tag}> is never closed")
    return reader.open[0]


def parse_beginning(html: str) -> Element:
    """The tree of a page that is still on its way."""
    reader = _Reader()
    reader.feed(html)
    return reader.open[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            raise Crooked(f"<{tag}> has an attribute twice")
        if tag in BLOCKS and any(element.tag == "p" for element in self.open):
            raise Crooked(f"<{tag}> in a <p>, which ends there")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].add([element])
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise Crooked(f"<{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].tag != tag:
            raise Crooked(f"</{tag}> where <{self.open[-1].tag}> is open")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].add([data])

    def handle_comment(self, data: str) -> None:
        raise Crooked(f"a comment: {data}")


class _Step(NamedTuple):
    tag: str
    id: str
    classes: frozenset[str]
    attributes: dict[str, str | None]


_PART = re.compile(r"""([#.]?)([\w-]+)|\[([\w-]+)(?:=["']?([^"'\]]*)["']?)?\]""")


@lru_cache
def _steps(selector: str) -> list[_Step]:
    return [_step(word) for word in selector.split()]


def _step(word: str) -> _Step:
    tag, id_, classes, attributes = "", "", set(), {}
    for sign, name, attribute, value in _PART.findall(word):
        if attribute:
            attributes[attribute] = value or None
        elif sign == "#":
            id_ = name
        elif sign == ".":
            classes.add(name)
        else:
            tag = name
    return _Step(tag, id_, frozenset(classes), attributes)


def _matches(element: Element, steps: list[_Step]) -> bool:
    *above, last = steps
    if not _is(element, last):
        return False
    for ancestor in element.ancestors():
        if above and _is(ancestor, above[-1]):
            above.pop()
    return not above


def _is(element: Element, step: _Step) -> bool:
    return (
        step.tag in ("", element.tag)
        and step.id in ("", element.get("id"))
        and step.classes <= element.classes
        and all(
            name in element.attributes and value in (None, element[name]) for name, value in step.attributes.items()
        )
    )
