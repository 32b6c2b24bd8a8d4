"""What the browser's own code makes of proofs and of histories of keys, against what ours does (proof.js, keys.js)."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.test_page import chromium  # noqa: F401 - a fixture
from tests.server.test_verify_page import OTHER, SIGNER, server, visitor  # noqa: F401 - fixtures

from sekisho.ledger import keychange, tree
from sekisho.ledger.keychange import Change, known
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Logged
from sekisho.ledger.signer import Signer
from sekisho.provenance import receipt
from sekisho.provenance.statement import canonical

# The proofs of proof.js against our own


def made(size, position, signer=SIGNER, **more):
    """A receipt of a log of so many entries."""
    statements = [canonical({"v": 1, "kind": "exchange", "id": f"{at:026}", **more}) for at in range(size)]
    leaves = [tree.leaf_hash(one) for one in statements]
    root, proofs = tree.proofs(0, [], leaves)
    note = signer.note(Checkpoint(signer.name, size, root).text)
    logged = Logged(position, f"{position:026}", leaves[position], b"".join(proofs[position]), note)
    return receipt.logged(statements[position], logged)


def in_browser(visitor, papers, key=SIGNER.verifier_key):  # noqa: F811
    """What proof.js says of each receipt: what it proves, or why it proves nothing."""
    script = """
        const [papers, key, done] = arguments;
        import('/static/proof.js').then(async (module) => {
          const told = [];
          for (const paper of papers) {
            try { told.push(await module.proven(paper, await module.readKey(key))) }
            catch (fault) { told.push(fault.reason ?? String(fault)) }
          }
          done(told);
        });
    """
    return visitor.driver.execute_async_script(script, papers, key)


def test_every_receipt_that_we_issue_is_proven_there(visitor):  # noqa: F811
    places = [(size, at) for size in (1, 2, 3, 5, 8, 13, 64, 100) for at in {0, size // 2, size - 1}]
    papers = [made(size, at) for size, at in places]
    for (size, at), told in zip(places, in_browser(visitor, papers), strict=True):
        assert (told["position"], told["size"], told["statement"]["id"]) == (at, size, f"{at:026}")
    (admission,) = in_browser(visitor, [receipt.issue(canonical({"kind": "admission", "id": "x"}), SIGNER)])
    assert admission == {"statement": {"kind": "admission", "id": "x"}}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 40), st.randoms(use_true_random=False))
def test_no_receipt_with_a_changed_byte_is_proven_there(visitor, size, chance):  # noqa: F811
    parts = [_bytes(part) for part in made(size, chance.randrange(size)).split(".")]
    changed = []
    for _ in range(12):
        copy = [bytearray(part) for part in parts]
        part = chance.choice(copy)
        part[chance.randrange(len(part))] ^= 1 << chance.randrange(8)
        changed.append(".".join(_written(bytes(one)) for one in copy))
    assert all(isinstance(told, str) for told in in_browser(visitor, changed))


def test_another_key_proves_nothing_though_it_has_the_same_name(visitor):  # noqa: F811
    assert in_browser(visitor, [made(3, 1)], OTHER.verifier_key) == ["key"]
    assert in_browser(visitor, [receipt.issue(b"{}", OTHER)]) == ["signature"]
    assert in_browser(visitor, [made(3, 1)], SIGNER.verifier_key[:-2] + "A=") == ["key"]


def _bytes(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _written(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_another_spelling_of_the_same_bytes_is_not_taken(visitor):  # noqa: F811
    paper = made(3, 1)
    assert in_browser(visitor, [paper + "=", paper.replace(".", ".\n"), paper[:-1] + "*"]) == ["form"] * 3


# The history of keys.js against our own

CHAIN = [Signer.of("log.example/town", bytes([at]) * 32) for at in range(1, 5)]
CHANGES = [Change.made(*CHAIN[at : at + 2], 10 * (at + 1), "2026-11-29T00:00:00Z").raw.decode() for at in range(3)]
ELSEWHERE = Signer.of("log.example/city", bytes(32))


def told_by_history(visitor, trusted, history, papers=()):  # noqa: F811
    """What keys.js knows by a history, and which key it finds to have signed each receipt; or why it knows nothing."""
    script = """
        const [trusted, history, papers, done] = arguments;
        const reason = (fault) => fault.reason ?? String(fault);
        Promise.all(["keys", "proof"].map((name) => import(`/static/${name}.js`))).then(async ([module, proof]) => {
          try {
            const keys = await module.knownKeys(await proof.readKey(trusted), history);
            const signed = papers.map((paper) => module.provenByAny(paper, keys).then((found) => found.key, reason));
            const told = keys.map(({ key, until }) => [key.written, until ?? null]);
            done([Object.fromEntries(told), await Promise.all(signed)]);
          } catch (fault) { done(reason(fault)) }
        });
    """
    return visitor.driver.execute_async_script(script, trusted.verifier_key, history, list(papers))


@pytest.mark.parametrize("trusted", range(4))
def test_the_browser_knows_the_keys_that_the_history_leads_to_as_we_do(visitor, trusted):  # noqa: F811
    papers = [made(size, 1, signer) for signer in CHAIN for size in (5, 15, 25, 35)]
    for length in range(4):
        history = "\n".join(CHANGES[:length]) + "\n"
        keys = known(CHAIN[trusted].verifier, keychange.history(history.encode()))
        expected = []
        for paper in papers:
            try:
                expected.append(str(receipt.verify_by(paper, keys)[1]))
            except receipt.ReceiptRejected as fault:
                expected.append("key" if fault.reason == "signature" else fault.reason)
        assert told_by_history(visitor, CHAIN[trusted], history, papers) == [
            {str(key): until for key, until in keys},
            expected,
        ]


def test_a_history_that_is_not_whole_makes_nothing_known(visitor):  # noqa: F811
    def answer(*lines):
        return told_by_history(visitor, CHAIN[0], "\n".join(lines))

    first, second = CHANGES[:2]
    fork = Change.made(CHAIN[0], CHAIN[3], 10, "2026-11-29T00:00:00Z").raw.decode()
    back = Change.made(CHAIN[1], CHAIN[0], 20, "2026-11-29T00:00:00Z").raw.decode()
    away = Change.made(CHAIN[1], ELSEWHERE, 20, "2026-11-29T00:00:00Z").raw.decode()
    told = json.loads(first)
    wrong = [
        ("nonsense",), ("[]",), ("null",), (first, fork), (first, away), (first + " ", second),
        (first.replace(":10,", ":11,"),),
        (json.dumps(told),), (first.replace('"size":10', '"size":-1'),), (first.replace('"v":1', '"v":1,"w":1'),),
        (first.replace(told["by_old"], told["by_new"]),), (first[:-1],), (first,) * 1001,
    ]  # fmt: skip
    assert {lines: answer(*lines) for lines in wrong} == dict.fromkeys(wrong, "history")
    assert list(answer(first, back)[0]) == [CHAIN[0].verifier_key, CHAIN[1].verifier_key]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(CHANGES[0]) - 1), st.sampled_from(["a", "Z", "0", '"', "=", "\\", "é"]))
def test_no_change_with_another_letter_is_believed(visitor, place, letter):  # noqa: F811
    changed = CHANGES[0][:place] + letter + CHANGES[0][place + 1 :]
    expected = "history" if changed != CHANGES[0] else [{CHAIN[0].verifier_key: 10, CHAIN[1].verifier_key: None}, []]
    assert told_by_history(visitor, CHAIN[0], changed) == expected
