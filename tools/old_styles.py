"""Whether Chrome 60 and Safari 12 can read the style sheets: what they do not know has what they know before it.

Part of `make check`. Known to them is what is listed here; whatever else appears in a sheet is new.
"""

import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from chat.web.drawing.styles import DARK_STYLE, NO_SCRIPT_STYLE, STYLE, TEMPLATES

PROPERTIES = set(
    """align-items align-self animation animation-name background background-color border border-bottom
    border-color border-left border-radius border-right border-top bottom box-shadow box-sizing clip color
    content cursor direction display flex flex-direction flex-wrap float font font-family font-size font-style
    font-weight grid-area grid-column grid-gap grid-row grid-template grid-template-columns grid-template-rows height
    justify-content left letter-spacing line-height list-style margin margin-bottom margin-left margin-right
    margin-top max-height max-width min-height min-width opacity outline outline-color outline-offset overflow
    overflow-x overflow-y padding padding-bottom padding-left padding-right padding-top position right
    text-align text-decoration text-overflow top transform transition unicode-bidi vertical-align visibility
    white-space width word-break z-index -webkit-border-start -webkit-margin-start -webkit-text-size-adjust""".split()  # noqa: SIM905 to be read
)
STAND_INS = {
    "border-inline-start": "-webkit-border-start",
    "border-start-end-radius": "border-radius",
    "border-start-start-radius": "border-radius",
    "inset-inline-start": "left",
    "margin-inline-start": "-webkit-margin-start",
    "overflow-wrap": "word-break",
}
"""New properties, and what must stand before each in the same rule."""
ORNAMENTS = {
    "animation-range",
    "break-inside",
    "color-scheme",
    "overflow-anchor",
    "overscroll-behavior",
    "text-underline-offset",
    "text-wrap",
}
"""New properties whose lack harms nobody."""
FUNCTIONS = {"", "calc", "rect", "rgba", "rotate", "url", "var"}
SUBSTITUTED = {"env", "var"}
"""A value with one of these is taken unread, whatever else is in it, and then counts as none."""
UNITS = {"", "%", "ch", "deg", "em", "fr", "ms", "px", "rem", "s", "vh", "vw"}
KEYWORDS = {"clip", "fit-content", "flow-root", "inline-end", "inline-start", "max-content", "revert"}
"""New words. `display: contents` is not among them: where it is unknown there is a box more."""
PSEUDOS = set(
    """-webkit-details-marker active after before checked disabled empty first-child focus hover last-child link not
    nth-child nth-last-child placeholder root target visited""".split()  # noqa: SIM905 to be read
)
SPARED = {"focus-visible"}
"""New selectors in whose absence the browser's own look is good enough: alone in their rules."""
AT_RULES = {"charset", "font-face", "keyframes", "media", "page", "supports"}
WRONG = (
    "a{padding:max(1px,2px)}",
    "a{padding:1px;padding:max(var(--a),2px)}",
    "a{padding:1px;padding:env(a)}",
    "@supports (top:max(0px)){a{padding:max(1px,2px)}}",
    "a{margin-inline-start:1px}",
    "a{margin-left:1px;margin-inline-start:1px}",
    "a{inset:0}",
    "a{display:flex;gap:1px}",
    "a{height:100dvh}",
    "a{aspect-ratio:1}",
    "a{accent-color:red}",
    "a{color:color-mix(in srgb,red,blue)}",
    "a{width:fit-content}",
    "a{--a:clamp(1px,2px,3px)}",
    ":is(a,b){color:red}",
    "a:has(b){color:red}",
    "a:where(b){color:red}",
    "a,a:focus-visible{color:red}",
    "@layer a{b{color:red}}",
    "@media (width>=1px){a{color:red}}",
    "a{b{color:red}}",
)
"""Each of them must be found."""


class Rule(NamedTuple):
    """Declarations, whom they are for, and the conditions around them."""

    selector: str
    declarations: list[tuple[str, str]]
    around: tuple[str, ...]


def rules(sheet: str, around: tuple[str, ...] = ()) -> Iterator[Rule]:
    """The rules of a sheet without comments and with no braces in its strings."""
    while sheet:
        head, _, rest = sheet.partition("{")
        depth, end = 1, 0
        while depth and end < len(rest):
            depth += {"{": 1, "}": -1}.get(rest[end], 0)
            end += 1
        body, sheet = rest[: end - 1], rest[end:].strip()
        head = head.strip()
        if head.startswith("@") and not head.startswith(("@font-face", "@page")):
            yield Rule(head, [], around)
            yield from rules(body.strip(), (*around, head))
        else:
            pairs = [part.partition(":")[::2] for part in body.split(";") if part.strip()]
            yield Rule(head, [(name.strip(), value.strip()) for name, value in pairs], around)


def complaints(sheet: str) -> Iterator[str]:
    """What the old engines could not read."""
    plain: set[tuple[str, str]] = set()
    sheet = re.sub(r"url\([^)]*\)|\"[^\"]*\"|'[^']*'", "url()", sheet)
    for rule in rules(sheet):
        if any("keyframes" in one for one in rule.around):
            continue
        for wrong in (*_selector(rule), *_declarations(rule, plain)):
            yield f"{rule.selector}: {wrong}"


def _selector(rule: Rule) -> Iterator[str]:
    if rule.selector.startswith("@"):
        if rule.selector[1:].split()[0].split("(")[0] not in AT_RULES or re.search("[<>]", rule.selector):
            yield "a new at-rule"
        return
    new = [set(re.findall(r"::?([\w-]+)", one)) - PSEUDOS for one in rule.selector.split(",")]
    if any(new) and not all(new):
        yield "an unknown selector in a list drops the whole rule"
    if unknown := set().union(*new) - SPARED:
        yield f"new: {', '.join(sorted(unknown))}"


def _declarations(rule: Rule, plain: set[tuple[str, str]]) -> Iterator[str]:
    asked = set(re.findall(r"([\w-]+)[(:]", " ".join(one for one in rule.around if one.startswith("@supports"))))
    before: set[str] = set()
    for name, value in rule.declarations:
        new = _new(value)
        has_plain = name in before or all((one, name) in plain for one in rule.selector.split(","))
        if "{" in name + value or not value:
            yield f"{name}: rules do not lie in rules"
        elif name in asked:
            pass
        elif name not in PROPERTIES | ORNAMENTS and not name.startswith("--") and STAND_INS.get(name) not in before:
            yield f"{name}: {STAND_INS.get(name, 'what old engines know')} must stand before it"
        elif new and not has_plain:
            yield f"{name}: no plain value before {', '.join(sorted(new))}"
        elif new - asked - {"env"} and SUBSTITUTED & set(re.findall(r"([\w-]+)\(", value)):
            yield f"{name}: old engines take {value}, and have nothing: @supports must ask for it"
        elif "env" in new and not asked:
            yield f"{name}: env() is safe where @supports asks for something newer"
        elif not new:
            before.add(name)
            if not rule.around:
                plain |= {(one, name) for one in rule.selector.split(",")}


def _new(value: str) -> set[str]:
    """What in a value is new."""
    words = set(re.findall(r"(?<![\w-])[a-z][a-z-]*(?![\w(-])", value))
    units = set(re.findall(r"(?<![\w#-])-?[\d.]+([a-z]+|%|)", value))
    return (set(re.findall(r"([\w-]*)\(", value)) - FUNCTIONS) | (units - UNITS) | (words & KEYWORDS)


def sheets() -> Iterator[str]:
    """Every sheet that is served: the two of our own, and those that stand in templates."""
    yield from (STYLE, DARK_STYLE, NO_SCRIPT_STYLE)
    for template in TEMPLATES.rglob("*.html"):
        source = re.sub(r"\{\{.*?\}\}", "1", template.read_text("utf-8"))
        yield from (sheet for sheet in re.findall(r"<style[^>]*>(.*?)</style>", source) if "{" in sheet)


def main() -> None:
    unseen = [sheet for sheet in WRONG if not list(complaints(sheet))]
    found = [
        *(f"this check does not see {sheet}" for sheet in unseen),
        *(it for sheet in sheets() for it in complaints(sheet)),
    ]
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
