import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.governance.making import START_MS, audit, statement

from sekisho.governance.words import length, told
from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.signer import Signer
from sekisho.pipeline.identity import timestamp, ulid

WITNESS = Cosigner(Signer.of("witness.example/w1", bytes([7]) * 32))


def filled(log):
    log.grow(12)
    later = START_MS + 90_000_000
    gap = {"v": 1, "kind": "gap", "id": ulid(later), "lost": 4, "since": timestamp(START_MS), "time": timestamp(later)}
    log.add(gap, {"kind": "dream"}, statement(0, model="", policy="0" * 16))
    return audit(log.bundle())


def test_the_report_tells_counts_times_and_what_is_worth_a_question(log):
    words = told(filled(log), "en")
    assert "Entries: 15 (" in words
    assert "Exchanges by verdict: passed as it was (pass) 5 · not let through (refuse) 4 · passed with" in words
    assert "By model: town-llm 12 · (reached no model) 1" in words
    assert "From 2026-01-01T00:00:00.000Z to 2026-01-02T01:00:00.000Z" in words
    assert "(1 d 0 h), longer than usual (before #12)" in words
    assert "4 requests got no answer" in words
    assert "more than an hour before that of an earlier entry (first #14" in words
    assert "a kind unknown to this version (dream)" in words
    assert "policy 0000000000000000, named by 1 exchanges" in words
    assert "What this audit cannot see" in words
    assert "which the holder of the key could do" in words


def test_both_languages_tell_the_same_facts(log):
    report = filled(log)
    english, japanese = (told(report, language) for language in ("en", "ja"))
    assert [len(one.splitlines()) for one in (english, japanese)] == [len(english.splitlines())] * 2
    assert re.search("[ぁ-ん]", japanese)
    for fact in ("log.example/town", "2026-01-02T01:00:00.000Z", "dream", "0000000000000000", report.root):
        assert fact in english
        assert fact in japanese


@pytest.mark.parametrize(("hours", "told_of"), [(0, True), (2, False)])
def test_a_clock_that_ran_ahead_of_a_witness_is_told(log, hours, told_of):
    log.add(statement(0, START_MS + 3_600_001))
    note = log.checkpoint()
    note += WITNESS.line(note.partition("\n\n")[0] + "\n", START_MS // 1000 + hours * 3600)
    report = audit(log.bundle(note), witnesses=[WITNESS.verifier])
    assert ("a clock ran ahead" in told(report, "en")) is told_of
    assert ("時計が進んでいた" in told(report, "ja")) is told_of


def test_what_was_given_narrows_what_cannot_be_seen(log):
    log.grow(3)
    report = audit(log.bundle(), receipts={"r": log.receipts[0].encode()}, checkpoints={"c": log.checkpoint().encode()})
    assert "receipts and proofs 1, earlier checkpoints 1." in told(report, "en")
    assert "which the holder of the key could do" not in told(report, "en")
    assert "Noticed: nothing unusual." in told(report, "en")


def test_names_cannot_move_the_cursor_of_a_terminal(log):
    log.add(statement(0, model="\x1b[2Jtown\n\u202e"))
    for language in ("en", "ja"):
        assert "\x1b" not in told(audit(log.bundle()), language)
        assert "\u202e" not in told(audit(log.bundle()), language)


@given(st.integers(0, 10**12))
def test_lengths_have_two_units(milliseconds):
    assert re.fullmatch(r"[\d,]+ (d|h|min) \d+ (h|min|s)", length(milliseconds, "en"))
    assert re.fullmatch(r"[\d,]+(日|時間|分)\d+(時間|分|秒)", length(milliseconds, "ja"))
