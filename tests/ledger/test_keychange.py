import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.ledger.keychange import ID, MAX_HISTORY, Change, KeysRejected, Known, history, known
from sekisho.ledger.signer import Signer

SIGNERS = [Signer.of("log.example", bytes([at]) * 32) for at in range(4)]
TIME = "2026-04-01T00:00:00.000Z"


def change(old, new, size=5):
    return Change.made(SIGNERS[old], SIGNERS[new], size, TIME)


CHANGES = [change(0, 1, 5), change(1, 2, 9), change(2, 3, 9)]
HISTORY = b"\n".join(one.raw for one in CHANGES) + b"\n"


def rejected(text):
    with pytest.raises(KeysRejected) as fault:
        history(text)
    return fault.value.reason


def test_a_change_reads_as_it_was_written_and_says_what_it_is():
    assert history(HISTORY) == CHANGES
    told = orjson.loads(CHANGES[0].raw)
    assert (told["id"], told["kind"], told["size"], told["time"]) == (ID, "key", 5, TIME)


@pytest.mark.parametrize("first", range(4))
def test_whoever_trusts_one_key_knows_all_of_the_log(first):
    verifiers = [one.verifier for one in SIGNERS]
    assert known(verifiers[first], CHANGES) == [*zip(verifiers, (5, 9, 9, None), strict=True)]


def test_a_key_that_the_history_does_not_name_stands_alone():
    other = Signer.of("log.example", bytes([9]) * 32).verifier
    assert known(other, CHANGES) == [Known(other)]


def test_a_key_that_leads_to_two_others_is_a_fork():
    with pytest.raises(KeysRejected) as fault:
        known(SIGNERS[0].verifier, [*CHANGES, change(0, 3)])
    assert fault.value.reason == "fork"
    assert "before two" in fault.value.say("en")
    assert "二つの鍵" in fault.value.say("ja")


def test_a_key_that_two_others_led_to_is_a_fork():
    with pytest.raises(KeysRejected, match="after two others"):
        known(SIGNERS[2].verifier, [*CHANGES, change(0, 2)])


@pytest.mark.parametrize("trusted", [0, 1])
def test_keys_that_go_round_end(trusted):
    assert len(known(SIGNERS[trusted].verifier, [change(0, 1), change(1, 0)])) == 3


def forged(**members):
    return orjson.dumps({**orjson.loads(CHANGES[0].raw), **members}, option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (forged(new=SIGNERS[3].verifier_key), "signature"),
        (forged(size=6), "signature"),
        (forged(by_old=orjson.loads(CHANGES[0].raw)["by_new"]), "signature"),
        (Change.made(SIGNERS[0], Signer.of("other", bytes(32)), 5, TIME).raw, "origin"),
        (forged(size=-1), "form"),
        (forged(size="5"), "form"),
        (forged(more=1), "form"),
        (forged(v=2), "form"),
        (forged(new="nonsense"), "form"),
        (forged(by_new="?"), "form"),
        (forged(by_new="é"), "form"),
        (forged(time=["x"]), "form"),
        (CHANGES[0].raw.replace(f'"{TIME}"'.encode(), b"[" * 600 + b"]" * 600), "form"),
        (CHANGES[0].raw.replace(b":", b": ", 1), "form"),
        (b"{}", "form"),
        (b"[]", "form"),
        (b"x", "form"),
        (b"\n" * (MAX_HISTORY + 1), "form"),
    ],
)
def test_a_forged_change_is_refused(line, reason):
    assert rejected(HISTORY + line) == reason


@given(st.integers(0, len(CHANGES[0].raw) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at, by):
    raw = CHANGES[0].raw
    altered = raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :]
    assert rejected(altered) in ("form", "signature", "origin")
