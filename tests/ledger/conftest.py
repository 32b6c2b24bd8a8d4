"""Fixtures for the ledger, and a verifier written from the text of RFC 6962 and RFC 9162, not from our code."""

import hashlib

import pytest
from tests.postgres_server import postgres_server

from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record


class Verifier:
    @staticmethod
    def leaf(data):
        return hashlib.sha256(b"\x00" + data).digest()

    @staticmethod
    def node(left, right):
        return hashlib.sha256(b"\x01" + left + right).digest()

    def root(self, leaves):
        """MTH of RFC 6962, 2.1, word for word."""
        if not leaves:
            return hashlib.sha256(b"").digest()
        if len(leaves) == 1:
            return self.leaf(leaves[0])
        k = 1
        while k * 2 < len(leaves):
            k *= 2
        return self.node(self.root(leaves[:k]), self.root(leaves[k:]))

    def included(self, leaf, position, size, proof, root):
        """RFC 9162, 2.1.3.2."""
        if position >= size:
            return False
        fn, sn, r = position, size - 1, leaf
        for p in proof:
            if sn == 0:
                return False
            if fn & 1 or fn == sn:
                r = self.node(p, r)
                while not fn & 1 and fn:
                    fn, sn = fn >> 1, sn >> 1
            else:
                r = self.node(r, p)
            fn, sn = fn >> 1, sn >> 1
        return sn == 0 and r == root

    def consistent(self, first, second, first_root, second_root, proof):
        """RFC 9162, 2.1.4.2."""
        if first == second:
            return not proof and first_root == second_root
        if not proof:
            return False
        path = list(proof) if first & (first - 1) else [first_root, *proof]
        fn, sn = first - 1, second - 1
        while fn & 1:
            fn, sn = fn >> 1, sn >> 1
        fr = sr = path[0]
        for c in path[1:]:
            if sn == 0:
                return False
            if fn & 1 or fn == sn:
                fr, sr = self.node(c, fr), self.node(c, sr)
                while not fn & 1 and fn:
                    fn, sn = fn >> 1, sn >> 1
            else:
                sr = self.node(sr, c)
            fn, sn = fn >> 1, sn >> 1
        return fr == first_root and sr == second_root and sn == 0


@pytest.fixture(scope="session")
def verifier():
    return Verifier()


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL; started when the first test asks for it."""
    with postgres_server() as started:
        yield started


@pytest.fixture
def database(server):
    """The URL of a database without a log."""
    server.forget()
    return server.url


@pytest.fixture
def ledger(request, tmp_path):
    """A ledger in a file; in a database for `parametrize("ledger", ["file", "server"], indirect=True)`."""
    url = request.getfixturevalue("database") if getattr(request, "param", "file") == "server" else ""
    opened = Ledger.open(tmp_path / "home", database=url, now_ms=lambda: 1_767_225_600_000)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def record():
    def made(number, content=None, keep_until_s=None):
        name = f"{number:026}"
        return Record(name, b'{"id":"%b","kind":"exchange"}' % name.encode(), content, keep_until_s)

    return made
