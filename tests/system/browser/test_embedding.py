"""The room in a frame of a real page on another site, in a browser that blocks the cookies of third parties."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Playwright, expect

from tests.kit.browser import Troubles, Window, launch
from tests.kit.host_site import HostSite, serving
from tests.kit.process import SPACIOUS, Process
from tests.system.browser.conftest import TIMEOUT, UNREAL

SWITCHES = ("--test-third-party-cookie-phaseout", "--host-resolver-rules=MAP *.test 127.0.0.1")
ONE_PROCESS = ("--disable-site-isolation-trials", "--disable-features=IsolateOrigins,site-per-process")
"""Without them a frame of another site may have begun with the script before Playwright turns it off there."""
REFUSED = "frame-ancestors"
OF_A_FRAME = ("Blocked autofocusing on a", "Cross-Origin-Opener-Policy header has been ignored")
"""What Chromium says of every frame on another site, and of every page over plain http."""
SECRET = re.compile(r"\.([0-9a-f]{32})")

Reader = Callable[..., tuple[Window, Page]]


@pytest.fixture
def blog() -> Iterator[HostSite]:
    with serving() as site:
        yield site


@pytest.fixture
def server(tmp_path: Path, blog: HostSite) -> Iterator[Process]:
    """A chat whose operator has named the blog."""
    server = Process(tmp_path, EMBED_ORIGINS=f"https://other.example,{blog.url}", **SPACIOUS)
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, *SWITCHES, ignore_default_args=UNREAL)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def without_script(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, *SWITCHES, *ONE_PROCESS, ignore_default_args=UNREAL)
    yield browser
    browser.close()


@pytest.fixture(params=["127.0.0.1", "chat.test"])
def chat_site(request: pytest.FixtureRequest, server: Process) -> str:
    """The chat's origin: one where a partitioned cookie is kept, and one where none is, because it must be secure."""
    return f"http://{request.param}:{server.port}"


@pytest.fixture
def reader(
    chromium: Browser, without_script: Browser, blog: HostSite, chat_site: str, room: str, troubles: Troubles
) -> Iterator[Reader]:
    """Somebody reads the blog in a browser of their own: the room in its frame, and the page around it."""
    contexts = []
    troubles.expected += OF_A_FRAME

    def read(*, script: bool = True, query: str = "") -> tuple[Window, Page]:
        browser = chromium if script else without_script
        context = browser.new_context(locale="en-US", java_script_enabled=script)
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        troubles.watch(context)
        page = context.new_page()
        blog.shows = f"{chat_site}/embed/{room}{query}"
        page.goto(blog.url, wait_until="load" if script else "domcontentloaded")
        return within(page), page

    yield read
    for context in contexts:
        context.close()


def within(page: Page) -> Window:
    frame: FrameLocator = page.frame_locator("#room")
    return Window(frame, "")  # type: ignore[arg-type]


def frame_address(page: Page) -> str:
    """The secret address that the frame is at."""
    return next(frame.url for frame in page.frames if re.search(r"/embed/.*/$", frame.url))


@pytest.mark.shows("status of 422")
def test_readers_of_a_blog_talk_without_a_cookie(reader: Reader) -> None:
    (eve, page), (gus, _) = reader(), reader()
    eve.says("hello")
    gus.sees_only("hello")
    gus.takes_nickname("Gus")
    gus.says("hi Eve")
    eve.sees_only("hello", "hi Eve")
    expect(eve.page.locator(".message .nickname").last).to_have_text("Gus")
    eve.message("hi Eve").locator(".door").click()
    eve.page.locator("#sheet").get_by_role("link", name="Reply").click()
    eve.says("yes?")
    expect(gus.page.locator(".quote")).to_contain_text("hi Eve")
    gus.tries_to_say("x" * 201)
    expect(gus.alert).to_contain_text("201")
    expect(gus.box).to_be_focused()
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] != "frame"]


def test_they_talk_without_script_too(reader: Reader) -> None:
    (eve, _), (gus, page) = reader(), reader(script=False)
    log = gus.page.frame_locator("iframe.live").locator(".message .text")
    eve.says("hello")
    expect(log).to_have_text(["hello"])
    gus.says("hi")
    gus.takes_nickname("Gus")
    expect(log).to_have_text(["hello", "hi"])
    eve.sees("hi")
    gus.page.frame_locator("iframe.live").locator(".door").last.click()
    gus.page.locator(".asks summary", has_text="Take back").click()
    gus.page.get_by_role("button", name="Take it back").click()
    expect(log.first).to_have_text("hello")
    expect(eve.page.locator(".erased")).to_have_count(1)
    assert page.url.startswith("http://localhost"), "the page around stays where it is"


def test_the_page_around_is_loaded_anew(reader: Reader, chat_site: str) -> None:
    eve, page = reader()
    eve.says("hello")
    before = frame_address(page)
    page.reload()
    eve.sees_only("hello")
    own = "127.0.0.1" in chat_site
    assert (frame_address(page) == before) == own
    assert bool(page.context.cookies()) == own


def test_the_secret_leaves_by_no_way_out(reader: Reader, blog: HostSite, server: Process, room: str) -> None:
    eve, page = reader()
    secret = SECRET.findall(frame_address(page))[0]
    eve.says(f"see {blog.other_url}/other")
    with page.expect_popup() as opened:
        eve.page.locator(".text a").click()
    opened.value.wait_for_load_state()
    with page.expect_popup() as opened:
        eve.page.get_by_role("link", name="Open in a window of its own").click()
    outside = Window(opened.value, "")
    outside.sees(f"see {blog.other_url}/other")
    assert f"/r/{room}/" in outside.page.url
    assert opened.value.evaluate("[document.referrer, opener]") == ["", None]
    assert outside.seat not in frame_address(page)
    assert len(blog.told) >= 2
    assert not [told for told in [*blog.told, *server.logged(), outside.page.url] if secret in told]


def test_the_page_around_chooses_language_and_theme(reader: Reader) -> None:
    eve, _ = reader(query="?language=zh&theme=dark")
    eve.says("你好")
    html = eve.page.locator("html")
    expect(html).to_have_attribute("lang", "zh-Hans")
    expect(html).to_have_css("background-color", "rgb(16, 15, 13)")


@pytest.mark.parametrize("script", [True, False])
def test_it_fits_a_small_frame(reader: Reader, blog: HostSite, script: bool) -> None:
    blog.size = (240, 240)
    eve, page = reader(script=script)
    eve.says("hello", "The quick brown fox jumps over the lazy dog")
    eve.takes_nickname("Wilhelmina")
    box = eve.box.bounding_box()
    frame = page.locator("#room").bounding_box()
    assert box and frame
    assert box["width"] >= 100
    assert box["y"] + box["height"] <= frame["y"] + frame["height"]
    assert eve.page.locator("html").evaluate("it => it.scrollWidth") <= 240


# --- clickjacking ---


@pytest.mark.shows(REFUSED, "Failed to load resource")
@pytest.mark.parametrize("path", ["/r/lobby/", "/moderation/", "/rooms", "/clock"])
def test_no_site_shows_anything_else(chromium: Browser, blog: HostSite, server: Process, path: str) -> None:
    assert "chrome-error" in shown_in(chromium, blog, server.url + path)


@pytest.mark.shows(REFUSED, "Failed to load resource")
def test_a_site_that_is_not_named_shows_nothing(chromium: Browser, server: Process) -> None:
    with serving() as stranger:
        assert "chrome-error" in shown_in(chromium, stranger, f"{server.url}/embed/lobby")


def shown_in(chromium: Browser, site: HostSite, address: str) -> str:
    """Where the site's frame arrives."""
    page = chromium.new_page()
    site.shows = address
    with page.expect_event("framenavigated", lambda frame: frame.parent_frame is not None) as arrived:
        page.goto(site.url)
    url: str = arrived.value.url
    page.context.close()
    return url
