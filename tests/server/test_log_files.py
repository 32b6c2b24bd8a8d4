"""The log over HTTP, as C2SP tlog-tiles has it."""

import gzip
import json

import pytest
from tests.server.running import question, request

from sekisho.ledger import tiles, tree
from sekisho.ledger.note import Checkpoint, VerifierKey


def get(server, path, *headers):
    return server.talk(request(b"", *headers, path=path, method="GET"))[0]


def test_what_is_served_adds_up_to_the_signed_root(server):
    server.talk(request(question()))
    found = get(server, "/ledger/checkpoint")
    assert found.headers["content-type"] == "text/plain; charset=utf-8"
    assert found.headers["cache-control"] == "public, max-age=2"
    key = VerifierKey.parse(server.get("/ledger/key").decode())
    checkpoint = Checkpoint.opened(found.body.decode(), key)
    tile, bundle = tiles.Tile(0, 0, checkpoint.size), tiles.Tile(None, 0, checkpoint.size)
    hashes = get(server, f"/ledger/{tile.path}")
    entries = get(server, f"/ledger/{bundle.path}")
    for one in (hashes, entries):
        assert one.headers["content-type"] == "application/octet-stream"
        assert one.headers["cache-control"] == "public, max-age=31536000, immutable"
    statements = tiles.unbundled(entries.body)
    assert json.loads(statements[0])["kind"] == "exchange"
    assert hashes.body == b"".join(map(tree.leaf_hash, statements))
    _, frontier = tree.grow(0, [], map(tree.leaf_hash, statements))
    assert tree.folded(frontier) == checkpoint.root


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip, identity", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.00", False), ("br", False)],
)
def test_entries_come_compressed_to_those_who_take_it(server, accepted, packed):
    server.talk(request(question()))
    plain = get(server, "/ledger/tile/entries/000.p/1")
    came = get(server, "/ledger/tile/entries/000.p/1", f"Accept-Encoding: {accepted}")
    assert came.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert ("content-encoding" in came.headers) is packed
    assert (gzip.decompress(came.body) if packed else came.body) == plain.body
    assert "content-encoding" not in get(server, "/ledger/tile/0/000.p/1", "Accept-Encoding: gzip").headers


@pytest.mark.parametrize(
    "path",
    ["0/000", "1/000.p/1", "entries/000", "0/0", "x/000", "0/000.p/0", "64/000.p/1", "entries/", "0/%ff", "0/x999/999"],
)
def test_what_the_log_does_not_have_is_not_found(server, path):
    answer = get(server, f"/ledger/tile/{path}")
    assert (answer.status, answer.error["code"]) == (404, "not_found")
