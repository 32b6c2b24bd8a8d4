"""Several machines: servers with homes of their own, and one PostgreSQL."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from tests.postgres_server import PASSWORD, postgres_server
from tests.server.running import KEY, models, request, serving, until

from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import VerifierKey
from sekisho.ledger.signer import Signer
from sekisho.provenance import receipt


@pytest.fixture(scope="module")
def server_of_all():
    with postgres_server() as started:
        yield started


@pytest.fixture
def database(server_of_all):
    server_of_all.forget()
    return server_of_all


def asked(server, number):
    body = {"model": "town", "messages": [{"role": "user", "content": f"{number}番の窓口はどこですか"}]}
    with server.client() as client:
        answer = client.chat.completions.with_raw_response.create(**body)
    return answer.headers["Sekisho-Exchange"], answer.headers["Sekisho-Receipt"]


def test_two_machines_write_one_log_and_sign_with_one_key(tmp_path, model_server, database):
    settings = {**models(model_server.url, "town"), "database": database.url}
    places = [tmp_path / "a", tmp_path / "b"]
    homes = [place / "home" for place in places]
    with serving(places[0], settings) as first:
        begun = [asked(first, 0)]
        homes[1].mkdir(mode=0o700, parents=True)
        for name in ("master.key", "signer.key"):
            shutil.copy(homes[0] / name, homes[1])
        with serving(places[1], {**settings, "verifier": {"texts": False}}) as second, ThreadPoolExecutor(8) as pool:
            told = begun + list(pool.map(asked, [first, second] * 10, range(1, 21)))
            shown = [server.get(path) for server in (first, second) for path in ("/healthz", "/metrics")]
            audited = second.command("ledger", "audit", "--config", str(places[1] / "settings.json"))
            assert first.complaints() == second.complaints() == []
            lines = "".join(first.lines + second.lines)
    assert audited.returncode == 0, audited.stderr
    assert PASSWORD not in lines + audited.stdout + audited.stderr
    assert PASSWORD.encode() not in b"".join(shown)
    assert not (homes[0] / "ledger.sqlite").exists()
    key = Signer.open(homes[1]).verifier.public
    with closing(Ledger.open(homes[1], database=database.url)) as ledger:
        positions = [ledger.entry_of(exchange).position for exchange, _ in told]
        assert sorted(positions) == list(range(21))
        for (exchange, paper), position in zip(told, positions, strict=True):
            proven = receipt.verify(paper, key)
            assert (proven["id"], proven.place.position) == (exchange, position)


SAID = (
    "市民課の窓口は本庁舎の一階にあります。受付は午前八時半から午後五時十五分までで、水曜日だけは七時まで開いています。"
)


def test_what_one_machine_answered_is_found_by_the_process_beside_another_and_a_change_of_keys_by_command(
    tmp_path, model_server, database
):
    settings = {**models(model_server.url, "town"), "database": database.url}
    one, other = tmp_path / "a", tmp_path / "b"
    with serving(one, {**settings, "verifier": {"texts": False}}) as first:
        body = {"model": "town", "messages": [{"role": "user", "content": SAID}]}  # which the model says again
        exchange = first.talk(request(json.dumps(body).encode(), key=KEY))[0].headers["sekisho-exchange"]
        (other / "home").mkdir(mode=0o700, parents=True)
        for name in ("master.key", "signer.key"):
            shutil.copy(one / "home" / name, other / "home")
    with serving(other, settings) as second:
        asking = request(json.dumps({"text": SAID}).encode(), path="/v1/verify", key="")
        (match,) = until(lambda: json.loads(second.talk(asking)[0].body).get("matches"))
        assert (match["exchange"], match["result"]) == (exchange, "unchanged")
        old = VerifierKey.parse(second.get("/ledger/key").decode().strip())
        assert receipt.verify(match["receipt"], old.public)["id"] == exchange
    rotated = second.command("ledger", "rotate-key", "--config", str(other / "settings.json"))
    assert rotated.returncode == 0, rotated.stderr
    assert PASSWORD not in rotated.stdout + rotated.stderr
    with serving(other, settings) as second:
        assert second.post("/v1/verify", {"receipt": match["receipt"]})["key"] == str(old)
        assert second.get("/ledger/key").decode().strip() != str(old)
