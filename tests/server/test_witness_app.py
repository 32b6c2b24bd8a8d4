"""The witness's answers, status by status, as C2SP tlog-witness writes them."""

import sqlite3
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from sekisho.ledger.witness import MAX_BODY, Refused
from sekisho.server.witness_app import WitnessApp


class Deciding:
    """A witness that does as it is told."""

    def __init__(self) -> None:
        self.outcome: str | Exception = "— w AAAA\n"
        self.asked: list[tuple[bytes, float]] = []

    def add_checkpoint(self, body: bytes, now_s: Callable[[], float]) -> str:
        self.asked.append((body, now_s()))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def witness():
    return Deciding()


@pytest.fixture
def client(witness):
    return TestClient(WitnessApp(witness, lambda: 12.9).application())


def test_a_cosignature_is_the_whole_body_of_the_answer(witness, client):
    answer = client.post("/add-checkpoint", content=b"old 0\n\nnote")
    assert (answer.status_code, answer.content) == (200, "— w AAAA\n".encode())
    assert witness.asked == [(b"old 0\n\nnote", 12.9)]


def test_the_size_of_a_conflict_has_the_type_of_the_specification_and_nothing_more(witness, client):
    witness.outcome = Refused(409, "20\n", "text/x.tlog.size")
    answer = client.post("/add-checkpoint", content=b"")
    assert (answer.status_code, answer.content) == (409, b"20\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_is_told_by_its_status(witness, client, status):
    witness.outcome = Refused(status, "why\n")
    answer = client.post("/add-checkpoint", content=b"")
    assert (answer.status_code, answer.text) == (status, "why\n")


def test_a_fault_of_the_disk_is_no_cosignature(witness, client):
    witness.outcome = sqlite3.OperationalError("disk full")
    assert client.post("/add-checkpoint", content=b"").status_code == 500


def test_a_long_request_is_not_read_to_its_end(witness, client):
    assert client.post("/add-checkpoint", content=bytes(MAX_BODY + 1)).status_code == 413
    assert client.post("/add-checkpoint", content=bytes(MAX_BODY)).status_code == 200
    assert [len(body) for body, _ in witness.asked] == [MAX_BODY]


def test_nothing_else_is_served(client):
    assert client.get("/add-checkpoint").status_code == 405
    assert client.get("/").status_code == 404
