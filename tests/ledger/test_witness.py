import base64
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import tree
from sekisho.ledger.cosignature import Cosignature, Cosigner, found
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.signer import Signer
from sekisho.ledger.witness import FILE, Refused, Submission, Witness

LOG = Signer.of("log.example/town", bytes([9]) * 32)
OTHER = Signer.of("log.example/town", bytes([8]) * 32)
COSIGNER = Cosigner(Signer.of("witness.example/w1", bytes([7]) * 32))
NOW = 1_700_000_000


def clock():
    return NOW + 0.9


LEAVES = [tree.leaf_hash(b"%d" % number) for number in range(300)]


def root(start, stop, leaves=LEAVES):
    return tree.folded(tree.grow(0, [], leaves[start:stop])[1])


def note(size, signer=LOG, leaves=LEAVES):
    return signer.note(Checkpoint(signer.name, size, root(0, size, leaves)).text)


def body(old, size, proof=None, checkpoint=None):
    if proof is None:
        proof = [root(*one) for one in tree.consistency_ranges(old, size)] if old else []
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof)]
    return ("\n".join(lines) + "\n\n" + (note(size) if checkpoint is None else checkpoint)).encode()


@pytest.fixture
def witness(tmp_path):
    with closing(Witness(tmp_path, COSIGNER, [LOG.verifier])) as opened:
        yield opened


def refusal(witness, asked):
    with pytest.raises(Refused) as caught:
        witness.add_checkpoint(asked, clock)
    return caught.value.status


def test_a_log_that_only_grows_is_cosigned(witness):
    old = 0
    for size in (0, 3, 3, 4, 7, 8, 100, 256, 300):
        line = witness.add_checkpoint(body(old, size), clock)
        assert found(note(size) + line, [COSIGNER.verifier]) == [Cosignature("witness.example/w1", NOW)]
        old = size


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6).map(sorted))
def test_any_growth_is_cosigned(tmp_path, sizes):
    (tmp_path / FILE).unlink(missing_ok=True)
    with closing(Witness(tmp_path, COSIGNER, [LOG.verifier])) as witness:
        for old, size in zip([0, *sizes], sizes, strict=False):
            assert witness.add_checkpoint(body(old, size), clock)


def test_what_was_cosigned_is_remembered_over_a_restart(tmp_path):
    with closing(Witness(tmp_path, COSIGNER, [LOG.verifier])) as witness:
        witness.add_checkpoint(body(0, 5), clock)
    with closing(Witness(tmp_path, COSIGNER, [LOG.verifier])) as witness:
        assert refusal(witness, body(0, 7)) == 409
        assert witness.add_checkpoint(body(5, 7), clock)


def test_another_old_size_is_answered_with_the_one_that_was_cosigned(witness):
    witness.add_checkpoint(body(0, 20), clock)
    for old, size in ((0, 21), (19, 21), (21, 22), (3, 20), (3, 5)):
        with pytest.raises(Refused) as caught:
            witness.add_checkpoint(body(old, size), clock)
        assert (caught.value.status, caught.value.body, caught.value.kind) == (409, "20\n", "text/x.tlog.size")


def test_a_log_is_never_rolled_back(witness):
    witness.add_checkpoint(body(0, 20), clock)
    assert refusal(witness, body(20, 19, [])) == 400
    assert witness.add_checkpoint(body(20, 20), clock)


def test_another_history_of_the_same_size_is_a_conflict_and_kept_as_evidence(witness, caplog):
    witness.add_checkpoint(body(0, 20), clock)
    forked = note(20, leaves=LEAVES[::-1])
    with pytest.raises(Refused) as caught:
        witness.add_checkpoint(body(20, 20, checkpoint=forked), clock)
    assert (caught.value.status, caught.value.kind) == (409, "text/plain; charset=utf-8")
    assert forked in caplog.text
    assert note(20) in caplog.text


@pytest.mark.parametrize("proof", [[], [bytes(32)], [bytes(32)] * 6])
def test_a_wrong_proof_is_unprocessable_and_changes_nothing(witness, proof):
    witness.add_checkpoint(body(0, 20), clock)
    assert refusal(witness, body(20, 50, proof)) == 422
    assert refusal(witness, body(20, 50, checkpoint=note(50, leaves=LEAVES[::-1]))) == 422
    assert witness.add_checkpoint(body(20, 50), clock)


def test_a_first_checkpoint_has_no_proof_and_an_empty_log_the_root_of_one(witness):
    assert refusal(witness, body(0, 5, [bytes(32)])) == 422
    wrong = LOG.note(Checkpoint(LOG.name, 0, bytes(32)).text)
    assert refusal(witness, body(0, 0, checkpoint=wrong)) == 409


def test_an_unknown_log_is_not_found(witness):
    assert refusal(witness, body(0, 5, checkpoint=note(5, Signer.of("log.example/x", bytes(32))))) == 404


def test_only_trusted_keys_count_and_their_signatures_must_all_be_right(witness):
    assert refusal(witness, body(0, 5, checkpoint=note(5, OTHER))) == 403
    both = note(5) + note(5, OTHER).rpartition("\n\n")[2]
    wrong = note(5) + note(6).rpartition("\n\n")[2]
    assert refusal(witness, body(0, 5, checkpoint=wrong)) == 403
    assert witness.add_checkpoint(body(0, 5, checkpoint=both), clock)


def test_a_log_may_have_several_keys(tmp_path):
    with closing(Witness(tmp_path, COSIGNER, [LOG.verifier, OTHER.verifier])) as witness:
        witness.add_checkpoint(body(0, 5), clock)
        assert witness.add_checkpoint(body(5, 6, checkpoint=note(6, OTHER)), clock)


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        b"\n\n",
        b"\xff\n\n",
        body(0, 5)[:-1],
        body(0, 5).replace(b"old 0", b"old 00"),
        body(0, 5).replace(b"old 0", b"old +0"),
        body(0, 5).replace(b"old 0", b"old  0"),
        body(0, 5).replace(b"old 0", b"OLD 0"),
        body(0, 5).replace(b"old 0\n", b"old 0\r\n"),
        body(0, 5).replace(b"\n5\n", b"\n05\n"),
        body(0, 5).replace(b"\n5\n", b"\n9223372036854775808\n"),
        body(0, 5, [bytes(31)]),
        body(0, 5, [bytes(32)] * 64),
        body(0, 5).replace(b"old 0\n", b"old 0\n!\n"),
        body(0, 5).replace(b"old 0\n", "old 0\né\n".encode()),
        body(0, 5) + "— name é\n".encode(),
        body(0, 5, [bytes(32)]).replace(b"AAA=", b"AAB="),
        b"old 0\n" + note(5).encode(),
    ],
)
def test_what_is_not_spelled_as_a_request_is_bad(witness, asked):
    assert refusal(witness, asked) in (400, 403)


def test_nothing_is_cosigned_that_is_not_on_disk(tmp_path):
    with closing(Witness(tmp_path, COSIGNER, [LOG.verifier])) as witness:
        witness.add_checkpoint(body(0, 5), clock)
        with sqlite3.connect(tmp_path / FILE) as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON heads BEGIN SELECT RAISE(ABORT, 'full'); END")
        with pytest.raises(sqlite3.Error, match="full"):
            witness.add_checkpoint(body(5, 6), clock)
        with other:
            other.execute("DROP TRIGGER full")
        other.close()
        assert witness.add_checkpoint(body(5, 6), clock), "it goes on from what is on disk"


def test_two_processes_never_cosign_both_of_two_histories(tmp_path):
    with (
        closing(Witness(tmp_path, COSIGNER, [LOG.verifier])) as one,
        closing(Witness(tmp_path, COSIGNER, [LOG.verifier])) as two,
    ):
        one.add_checkpoint(body(0, 5), clock)
        assert refusal(two, body(0, 6, checkpoint=note(6, leaves=LEAVES[::-1]))) == 409
        assert two.add_checkpoint(body(5, 6), clock)


def test_a_log_must_not_sign_with_the_witness_s_key(tmp_path):
    with pytest.raises(ConfigurationError, match="own key"):
        Witness(tmp_path, COSIGNER, [COSIGNER.signer.verifier])


def test_a_place_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        Witness(tmp_path / "file", COSIGNER, [])


# The example of the specification: names, sizes and signatures as they stand there; its keys are not published.
EXAMPLE = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

"""
for signature in (
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=",
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=",
):
    EXAMPLE += f"— example.com/behind-the-sofa {signature}\n"


def test_the_example_of_the_specification_is_read():
    asked = Submission.parse(EXAMPLE.encode())
    assert (asked.old, len(asked.proof)) == (20_852_014, 4)
    assert (asked.checkpoint.origin, asked.checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert len(tree.consistency_ranges(20_852_014, 20_852_163)) != len(asked.proof)  # so it is form and no proof


def test_the_example_of_an_unknown_log_or_key_is_refused_as_the_specification_says(witness, tmp_path):
    assert refusal(witness, EXAMPLE.encode()) == 404
    known = Signer.of("example.com/behind-the-sofa", bytes([5]) * 32).verifier
    with closing(Witness(tmp_path / "other", COSIGNER, [known])) as other:
        assert refusal(other, EXAMPLE.encode()) == 403


def test_the_time_is_that_at_which_no_other_head_could_come(witness, tmp_path):
    """The clock is read within the transaction: while it is asked, another process cannot write."""
    seen = []

    def asked():
        with closing(sqlite3.connect(tmp_path / FILE, timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as fault:
                seen.append(str(fault))
        return NOW

    assert witness.add_checkpoint(body(0, 5), asked)
    assert seen == ["database is locked"]
