"""What a window shows: a page, and what htmx 2 would do to it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

from tests.kit.markup import Element, parse


class Line(NamedTuple):
    """One line of the log, as a person sees it."""

    seq: int | None
    kind: str
    """message, rename, notice, greeting or unread"""
    nickname: str
    tag: str
    text: str
    own: bool
    time: str
    moment: str
    """The same for machines."""
    day: str
    """The day separator above it."""
    under: bool
    """It stands under the name of the line before."""


class Page:
    """A page in a window."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.tree = parse(html)
        self.check()

    def one(self, selector: str) -> Element:
        return self.tree.one(selector)

    def all(self, selector: str) -> list[Element]:
        return self.tree.all(selector)

    def has(self, selector: str) -> bool:
        return self.tree.has(selector)

    @cached_property
    def me(self) -> str:
        """Whose messages the page's own rule marks as one's own."""
        sheets = "".join(style.text for style in self.all("style"))
        rules: list[str] = re.findall(r'\[data-by="(\w+)"\]', sheets)
        assert len(rules) == 1, rules
        return rules[0]

    @property
    def lines(self) -> list[Line]:
        """Everything in the log that can be seen, oldest first."""
        shown = self.all("#history li, #live li")
        return [self._line(li) for li in shown if "hidden" not in li.attributes and not _is_furniture(li)]

    @property
    def messages(self) -> list[Line]:
        return [line for line in self.lines if line.kind == "message"]

    def _line(self, li: Element) -> Line:
        kind = next(kind for kind in ("message", "rename", "notice", "greeting", "unread") if kind in li.classes)
        text = li.one("p") if kind == "unread" else li.one(".text")
        return Line(
            seq=int(li["data-seq"]) if "data-seq" in li.attributes else None,
            kind=kind,
            nickname=li.one(".nickname").text if kind == "message" else "",
            tag=li.one(".tag").text if li.has(".tag") and kind == "message" else "",  # none: the person is forgotten
            text=text.text,
            own=li.get("data-by") == self.me,
            time="".join(time.text for time in li.all("time")),
            moment="".join(time["datetime"] for time in li.all("time")),
            day="".join(day.text for day in li.all(".day")),
            under="more" in li.classes,
        )

    def alerts(self) -> list[str]:
        """The refusals that can be seen."""
        return [alert.text for alert in self.all('[role="alert"]') if alert.text]

    def box(self, name: str) -> Element:
        """The page's own, not one in what has opened over it."""
        boxes = self.all(f'input[name="{name}"]')
        return next(box for box in boxes if not any(above.tag == "dialog" for above in box.ancestors()))

    def form(self, name: str) -> Element:
        """The form with the box of this name."""
        return next(above for above in self.box(name).ancestors() if above.tag == "form")

    # --- htmx ---

    def included(self, selector: str) -> list[tuple[str, str]]:
        """What `hx-include` adds to a request."""
        return [(found["name"], found.get("value")) for found in self.all(selector)]

    def swap(self, target: Element, html: str) -> None:
        """`outerHTML`, after what the answer changes elsewhere."""
        answer = parse(html)
        self._swap_out_of_band(answer)
        target.replace(*answer.children)
        self.check()

    def put(self, target: Element, html: str) -> None:
        """`innerHTML`, after what the answer changes elsewhere."""
        answer = parse(html)
        self._swap_out_of_band(answer)
        target.put(*answer.children)
        self.check()

    def _swap_out_of_band(self, answer: Element) -> None:
        for change in answer.all("[hx-swap-oob]"):
            how, _, selector = change.attributes.pop("hx-swap-oob").partition(":")
            change.replace()
            targets = self.all(selector or f"#{change['id']}")
            assert targets, f"htmx calls it an error: nothing here is {selector or change['id']}"
            for target in targets:
                _change(target, how, change)

    def check(self) -> None:
        """Every event once, in order, without holes; every id once."""
        ids = [element["id"] for element in self.tree.walk() if "id" in element.attributes]
        twice = {id for id in ids if ids.count(id) > 1} if len(set(ids)) < len(ids) else set()
        assert not twice, f"twice in the page: {twice}"
        numbers = [int(element["data-seq"]) for element in self.all("#history li, #live li") if element.get("data-seq")]
        assert numbers == list(range(numbers[0], numbers[-1] + 1)) if numbers else True, numbers


def _is_furniture(li: Element) -> bool:
    return bool(li.classes & {"older", "poll"})


def _change(target: Element, how: str, change: Element) -> None:
    if how == "delete":
        target.replace()
    elif how == "innerHTML":
        target.put(*change.copy().children)
    elif how == "afterbegin":
        target.put(*change.copy().children, *target.children)
    elif how == "true":
        target.replace(change.copy())
    else:
        raise AssertionError(f"not modelled: hx-swap-oob={how}")
