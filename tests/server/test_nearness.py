"""Who asks from this machine."""

import json
import os
import socket

import pytest
from starlette.requests import Request
from tests.server.running import KEY

from sekisho.server import nearness
from sekisho.server.nearness import another_user, direct
from sekisho.server.routes import _near

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = (
    "  1: 0100007F:{local:04X} 0100007F:{remote:04X} {state} 00000000:00000000 00:00000000 00000000 {user:5d} 0 77 1\n"
)
OTHER = 65_534  # nobody


def scope(*headers, host="127.0.0.1", version="1.1", port=40_000):
    named = [(name.encode(), b"x") for name in headers]
    return {"client": (host, port), "server": ("127.0.0.1", 8_700), "headers": named, "http_version": version}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (scope("accept"), True),
        (scope(host="::1"), True),
        (scope(host="192.0.2.7"), False),
        (scope(version="1.0"), False),
        (scope("x-forwarded-for"), False),
        (scope("x-forwarded-host"), False),
        (scope("forwarded"), False),
        (scope("via"), False),
        (scope("x-real-ip"), False),
        ({**scope(), "client": None}, False),
    ],
)
def test_what_was_passed_on_is_not_direct(asked, told):
    assert direct(asked) is told


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"local": 40_000, "remote": 8_700, "user": OTHER}], True),
        ([{"local": 40_000, "remote": 8_700, "user": 7}], False),
        ([{"local": 8_700, "remote": 40_000, "user": OTHER}], False),  # our own end
        ([{"local": 40_000, "remote": 8_701, "user": OTHER}], False),
        ([{"local": 40_000, "remote": 8_700, "user": OTHER, "state": "06"}], False),  # an earlier one that is over
        ([], False),
    ],
)
def test_the_table_of_connections_tells_whose_the_other_end_is(tmp_path, rows, told):
    table = tmp_path / "tcp"
    table.write_text(HEAD + "".join(ROW.format(**{"state": "01", **row}) for row in rows))
    assert another_user(scope(), user=7, tables=[tmp_path / "missing", table]) is told


def test_a_table_that_cannot_be_read_tells_nothing(tmp_path):
    table = tmp_path / "tcp"
    table.write_text("nonsense :9C40 :21FC\n")
    assert another_user(scope(), user=7, tables=[table]) is False
    assert another_user({**scope(), "client": None}, tables=[table]) is False


@pytest.mark.parametrize("line", ["X-Forwarded-For: 192.0.2.7", "Via: 1.1 proxy", "Forwarded: for=192.0.2.7"])
def test_whoever_comes_by_a_proxy_gets_neither_the_key_nor_the_counts(server, line):
    told = server.talk(f"GET /page.json HTTP/1.1\r\nHost: 127.0.0.1\r\n{line}\r\n\r\n".encode())[0]
    assert json.loads(told.body)["key"] == ""
    assert server.talk(f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n{line}\r\n\r\n".encode())[0].status == 401


def test_a_proxy_that_says_nothing_of_whom_it_serves_is_known_by_its_way_of_asking(server):
    """As `proxy_pass` of nginx asks where nothing else is set."""
    head = f"Host: 127.0.0.1:{server.address[1]}\r\nConnection: close\r\n\r\n"
    told = server.talk(f"GET /page.json HTTP/1.0\r\n{head}".encode())[0]
    assert json.loads(told.body)["key"] == ""


def test_the_page_shows_the_key_to_the_user_who_runs_the_server(server):
    told = server.talk(f"GET /page.json HTTP/1.1\r\nHost: 127.0.0.1:{server.address[1]}\r\n\r\n".encode())[0]
    assert json.loads(told.body)["key"] == KEY


@pytest.mark.parametrize("ours", [True, False])
async def test_by_the_tables_of_the_kernel_the_key_is_for_the_user_who_runs_the_server(monkeypatch, ours):
    """A real connection of this user; that the server runs as another is put on, since only root could ask as one."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as asking:
        host = f"127.0.0.1:{listener.getsockname()[1]}".encode()
        asked = {
            **scope(port=asking.getsockname()[1]),
            "type": "http",
            "path": "/page.json",
            "scheme": "http",
            "headers": [(b"host", host)],
            "server": listener.getsockname(),
        }
        user = os.geteuid()
        monkeypatch.setattr(nearness.os, "geteuid", lambda: user + (not ours))
        assert await _near(Request(asked)) is ours
