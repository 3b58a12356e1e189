"""Letters stand in the fonts of their scripts."""

import pytest

from tests.system.browser.conftest import Visitor

WIDTH = """() => {
    const mark = document.createElement("span")
    mark.textContent = "\\u2019"
    document.querySelector(".invite p + p").append(mark)
    return mark.getBoundingClientRect().width / parseFloat(getComputedStyle(mark).fontSize)
}"""


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_an_apostrophe_is_as_narrow_as_latin_letters_are(visitor: Visitor, language: str) -> None:
    """In a Chinese font it is as wide as a Chinese letter."""
    assert visitor(language).page.evaluate(WIDTH) < 0.5
