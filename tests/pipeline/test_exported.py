import json
from hashlib import sha256

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.making import SIGNER, Log, Models, answer, body, caller, pipeline

from sekisho.core.errors import SekishoError
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.proof import Proof
from sekisho.ledger.tree import leaf_hash
from sekisho.pipeline import exported
from sekisho.pipeline.exported import REASONS, ExportRejected
from sekisho.policy.load import Profiles
from sekisho.provenance.statement import canonical

OFFICE = Profiles().get("office")
TEXT = Profiles().file("office").read_text("utf-8")
OTHER = TEXT.replace("privacy: mask", "privacy: refuse")
TOOLS = [
    {"role": "user", "content": "読んで"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "function": {"name": "get", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "資料の本文"},
]


def proven(statement):
    leaf = leaf_hash(statement)
    return Proof(0, [], SIGNER.note(Checkpoint(SIGNER.name, 1, leaf).text), statement)


async def recorded(raw, **more):
    log = Log()
    await pipeline(Models(answer(**more)), log=log).run(raw, caller(OFFICE))
    return log.records[0]


async def made(raw=None, *, whole=True, profile=TEXT):
    raw = raw or body(temperature=0.25, seed=7, stop=["終"], user="太郎")
    record = await recorded(raw)
    return exported.export(
        proven(record.statement), SIGNER.verifier, record.content, profile=profile, weights="", whole=whole
    )


async def test_what_is_written_is_read_and_verified():
    told = await made()
    assert exported.read(told.encoded) == told
    stated = exported.verify(told, SIGNER.verifier)
    assert (stated["kind"], stated["profile"], stated.place.position) == ("exchange", "office", 0)
    assert exported.profile_in(told) == OFFICE
    assert json.loads(told.content.request)["messages"][0]["content"] == "こんにちは"
    assert json.loads(told.content.answer) == [{"index": 0, "content": "はい"}]


async def test_parameters_are_numbers_as_they_were_written_and_never_words():
    raw = b'{"messages":[{"role":"user","content":"a"}],"temperature":0.70,"seed":1e2,"stream":false,"user":"me"}'
    assert (await made(raw)).parameters == {"temperature": "0.70", "seed": "1e2", "stream": "false"}


async def test_documents_and_tool_results_are_told_by_salted_digest():
    told = await made(orjson.dumps({"messages": TOOLS}))
    [source] = [one for one in told.sources if one.path == "messages/2/content"]
    salt = bytes.fromhex(told.content.salt)
    assert (source.author, source.digest) == ("tool", sha256(salt + "資料の本文".encode()).hexdigest())


async def test_without_content_the_file_holds_no_word_and_no_salt_and_still_verifies():
    whole, bare = await made(), await made(whole=False)
    assert bare.content is None
    assert "こんにちは".encode() not in bare.encoded
    assert whole.content.salt.encode() not in bare.encoded
    assert bare.parameters == whole.parameters
    assert exported.verify(exported.read(bare.encoded), SIGNER.verifier)["kind"] == "exchange"


async def test_a_profile_that_is_another_by_now_is_left_out():
    assert (await made(profile=OTHER)).profile == ""
    assert (await made(profile="no: profile")).profile == ""
    assert exported.profile_in(await made(profile="")) is None


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("request", lambda told: {"content": msgspec.structs.replace(told.content, request="{}")}),
        ("answer", lambda told: {"content": msgspec.structs.replace(told.content, answer="[]")}),
        ("request", lambda told: {"content": msgspec.structs.replace(told.content, salt="00" * 16)}),
        ("form", lambda told: {"content": msgspec.structs.replace(told.content, salt="no salt")}),
        ("profile", lambda told: {"profile": OTHER}),
        ("profile", lambda told: {"profile": "no: profile"}),
        ("details", lambda told: {"parameters": {"seed": "8"}}),
        ("details", lambda told: {"sources": [exported.Source("messages/0/content", "tool", "00")]}),
        ("form", lambda told: {"proof": told.proof.replace("index 0", "index 00")}),
    ],
)
async def test_every_change_is_found_and_named(reason, change):
    told = await made()
    with pytest.raises(ExportRejected) as caught:
        exported.verify(msgspec.structs.replace(told, **change(told)), SIGNER.verifier)
    assert caught.value.reason == reason


async def test_one_changed_byte_anywhere_is_refused_or_changes_nothing_that_counts():
    told = await made()
    raw = told.encoded
    bound = ("kind", "v", "proof", "profile", "parameters", "sources", "content")
    for at in range(0, len(raw), 7):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        try:
            other = exported.read(changed)
            exported.verify(other, SIGNER.verifier)
        except SekishoError:
            continue
        # Comments of the profile say nothing; the rest that got through is not bound by the proof.
        same = [name for name in bound if getattr(other, name) != getattr(told, name)]
        assert same in ([], ["profile"])
        assert exported.profile_in(other).digest == OFFICE.digest


async def test_the_models_file_is_the_one_that_the_statement_names():
    told = await made()
    statement = {**orjson.loads(exported.Proof.parse(told.proof).extra), "weights": "A" * 43}
    proof = proven(canonical(statement))
    told = exported.export(proof, SIGNER.verifier, None, profile=TEXT, weights="ff" * 32, whole=True)
    assert told.weights == "00" * 32
    assert exported.verify(told, SIGNER.verifier)["weights"] == "A" * 43
    with pytest.raises(ExportRejected, match="model's file"):
        exported.verify(msgspec.structs.replace(told, weights="ff" * 32), SIGNER.verifier)


async def test_another_statement_than_that_of_an_exchange_is_refused():
    told = msgspec.structs.replace(await made(), proof=proven(b'{"kind":"erasure"}').text)
    with pytest.raises(ExportRejected, match="not that of an exchange"):
        exported.verify(told, SIGNER.verifier)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_nonsense_is_refused(raw):
    with pytest.raises(ExportRejected):
        exported.read(raw)


async def test_a_file_in_another_spelling_is_refused():
    raw = (await made()).encoded
    for changed in (raw + b" ", raw.replace(b'"v":1', b'"v": 1'), raw[:-1] + b',"more":1}', b"[" + raw + b"]"):
        with pytest.raises(ExportRejected):
            exported.read(changed)


@pytest.mark.parametrize("reason", REASONS)
def test_the_error_says_why_in_both_languages(reason):
    fault = ExportRejected(reason=reason)
    assert {fault.say(language) for language in ("ja", "en")} == {
        f"書き出したやりとりを使えません({REASONS[reason]['ja']})。",
        f"The exported exchange cannot be used ({REASONS[reason]['en']}).",
    }


def test_an_export_is_bounded():
    with pytest.raises(ExportRejected):
        exported.read(b" " * (exported.LONGEST + 1))
