"""Whatever bytes come over a socket: no fault, no hang, and the server is well afterwards."""

import socket
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.process import Process

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "CONNECT", "NONE"]
PLACES = [
    "",
    "messages",
    "nickname",
    "live",
    "title",
    "messages?after=0&wait=0",
    "messages?before=9",
    "messages?after=x",
]
ELSEWHERE = [
    "/",
    "/r/lobby",
    "/r/lobby/",
    "/r/a%00b/",
    "/r/%ff/x/",
    "/health",
    "/language",
    "/static/x",
    "//",
    "*",
    "/%",
    "/r/\xe5\xa4\xa7\xe5\x8e\x85/",
    "/r/\xff/?q=\xe4",
]
HEADERS = ["Cookie", "Content-Length", "Transfer-Encoding", "Expect", "Origin", "Host", "HX-Request", "Accept-Encoding"]
PATIENCE = 15.0

lines = st.tuples(st.sampled_from(HEADERS), st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30))
chunked = st.just(("Transfer-Encoding", "chunked"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    server = Process(Path(tmp_path_factory.mktemp("server")), HOLD_SECONDS="1")
    anyio.run(server.starts_up)
    yield server
    anyio.run(server.ends)


def answer(port: int, data: bytes) -> bytes:
    """All that comes back until the server hangs up, or has told enough."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        received = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                received += part
        except (ConnectionError, BrokenPipeError):
            pass  # the server may hang up on nonsense
        return received


def in_pieces(port: int, pieces: list[bytes]) -> bytes:
    """What comes back when a request is sent in pieces, a packet each."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(METHODS),
    place=st.sampled_from(PLACES + ELSEWHERE),
    extra=st.lists(lines | chunked, max_size=4),
    body=st.binary(max_size=200)
    | st.sampled_from([b"text=hi&key=k", b"nickname=Ann", b"5\r\ntext=\r\n0\r\n\r\n", b"zz\r\n"]),
    cut=st.integers(0, 400),
)
def test_no_request_is_a_fault(
    server: Process, method: str, place: str, extra: list[tuple[str, str]], body: bytes, cut: int
) -> None:
    path, seat = server.seat()
    target = place if place in ELSEWHERE else path + place
    own = [("Host", "127.0.0.1"), ("Connection", "close"), *seat.items(), ("Content-Length", str(len(body))), *extra]
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in own) + "\r\n"
    data = head.encode("latin-1") + body
    received = answer(server.port, data[:-cut] if 0 < cut < len(data) // 2 else data)
    assert not received.startswith(b"HTTP/1.1 5"), received[:200]
    assert server.lives


@pytest.mark.parametrize("parts", [1, 2, 200])
def test_an_address_that_comes_as_plain_utf8_is_understood(server: Process, parts: int) -> None:
    """However many pieces it comes in, and whatever its headers hold."""
    request = "GET /r/大厅/ HTTP/1.1\r\nHost: x\r\nCookie: n=é\r\nConnection: close\r\n\r\n".encode()
    size = len(request) // parts + 1
    received = in_pieces(server.port, [request[at : at + size] for at in range(0, len(request), size)])
    head = received.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 303")
    assert b"location: /r/%e5%a4%a7%e5%8e%85/" in head


def test_bytes_that_are_no_utf8_get_a_page_of_ours(server: Process) -> None:
    received = answer(server.port, b"GET /r/\xff\xfe/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 404")
    assert b'role="alert"' in received


def test_what_is_no_address_stays_a_bad_request(server: Process) -> None:
    for line in ("GÉT / HTTP/1.1", "GET / HTTP/1.é", "é"):
        received = answer(server.port, f"{line}\r\nHost: x\r\n\r\n".encode())
        assert received.startswith(b"HTTP/1.1 400"), line


def test_the_server_is_well_after_all_of_that(server: Process) -> None:
    assert anyio.run(server.health)["code"] == 200
    assert server.faults() == []
