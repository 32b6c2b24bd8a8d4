"""Bodies that come without a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.running import models, serving, until, upstream

from sekisho.server.crowd import FREE, MOST, Crowd, Guest
from sekisho.server.lookup_faults import LookupUnavailable

BODY = 8_000_000  # as `limits.body_bytes` has it by default
HEAD = b"POST /v1/verify HTTP/1.1\r\nHost: here\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n"


@given(st.lists(st.lists(st.integers(0, MOST), max_size=4).map(sorted), max_size=8))
def test_no_more_is_taken_than_there_is_and_all_of_it_comes_back(bodies):
    crowd = Crowd(BODY)
    guests = [Guest(crowd) for _ in bodies]
    for guest, sizes in zip(guests, bodies, strict=True):
        for size in sizes:
            if max(0, size - FREE) - guest._taken <= crowd.left:
                guest.grows(size)
            else:
                with pytest.raises(LookupUnavailable):
                    guest.grows(size)
        assert crowd.left >= 0
    assert crowd.left == MOST - sum(guest._taken for guest in guests)
    for guest in guests:
        with guest:
            guest.grows(FREE)  # there is always room for that
    assert crowd.left == MOST


def test_two_of_the_longest_bodies_always_find_room():
    crowd = Crowd(MOST)
    Guest(crowd).grows(MOST)
    Guest(crowd).grows(MOST)


def test_many_strangers_do_not_fill_the_memory_and_short_texts_are_still_served(tmp_path):
    with upstream() as model, serving(tmp_path, models(model.url)) as server:
        server.get("/healthz")
        before = server.memory_kb()
        crowd = [server.connect() for _ in range(40)]
        for one in crowd:
            one.sendall(HEAD % BODY + bytes(BODY - 1))
        assert any(one.recv(12) == b"HTTP/1.1 503" for one in crowd[-1:])
        assert server.memory_kb() - before < 160_000  # all of it would be 320 MB
        assert b"receipt_rejected" in server.talk(_receipt())[0].body
        for one in crowd:
            one.close()
        assert until(lambda: server.talk(HEAD % BODY + bytes(BODY))[0].status != 503 or None)
        assert server.complaints() == []


def _receipt():
    body = b'{"receipt": "a.b"}'
    head = b"POST /v1/verify HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body
