"""The signing key changed between two runs of a real server."""

import json

from tests.server.running import models, question, request, serving

from sekisho.ledger.keychange import history, known
from sekisho.ledger.note import Checkpoint, VerifierKey
from sekisho.provenance.comparison import part_of
from sekisho.provenance.receipt import verify_by


def asked(server):
    (answer,) = server.talk(request(question("こんにちは")))
    return answer


def key_of(server):
    return VerifierKey.parse(server.get("/ledger/key").decode())


def test_receipts_of_both_keys_verify_by_whoever_trusts_the_first(tmp_path, model_server):
    model_server.reset()
    settings = models(model_server.url, "m")
    with serving(tmp_path, settings) as server:
        first, trusted = asked(server).headers["sekisho-receipt"], key_of(server)
        assert server.get("/ledger/keys") == b""
        refused = server.command("ledger", "rotate-key")
        assert (refused.returncode, "stop it first" in refused.stderr) == (2, True)
        assert key_of(server) == trusted
        server.stop()
        assert server.command("ledger", "rotate-key").returncode == 0
    with serving(tmp_path, settings) as server:
        answer = asked(server)
        newest = key_of(server)
        assert newest != trusted
        keys = known(trusted, history(server.get("/ledger/keys")))
        assert [one.key for one in keys] == [trusted, newest]
        second, key = verify_by(answer.headers["sekisho-receipt"], keys)
        assert key == newest
        assert part_of(second, answer.body).name == "answer"
        assert part_of(second, question("こんにちは")).name == "request"
        assert verify_by(first, keys)[1] == trusted
        for paper, signer in ((first, trusted), (answer.headers["sekisho-receipt"], newest)):
            told = server.post("/v1/verify", {"receipt": paper})
            assert (told["verified"], told["key"]) == (True, str(signer))
        checkpoint = Checkpoint.opened(server.get("/ledger/checkpoint").decode(), newest)
        assert checkpoint.size >= 3
        assert json.loads(server.command("ledger", "show", "signing-key").stdout)["statement"]["new"] == str(newest)
