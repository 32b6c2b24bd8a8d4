"""The official `openai` client against the real command, and a model behind it that draws and speaks."""

import base64
import json

import openai
import pytest
from click.testing import CliRunner
from tests.provenance.media.pictures import picture
from tests.provenance.media.samples import SAMPLES
from tests.provenance.media.sounds import flac, sung, wav
from tests.server.running import request, until
from tests.stub_upstream import raw, status, whole

from sekisho.cli.main import sekisho
from sekisho.core.settings import MarksSettings
from sekisho.ledger.note import VerifierKey
from sekisho.ledger.signer import Signer
from sekisho.provenance import receipt
from sekisho.provenance.media.files import Files

PNG, WAV, MP3 = SAMPLES[".png"], SAMPLES[".wav"], SAMPLES[".mp3"]
PHONE = "090-1234-5678"


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client


def drawn(*images, **more):
    data = [{"b64_json": base64.b64encode(one).decode(), "revised_prompt": "nobody looked at this"} for one in images]
    return raw(whole(json.dumps({"created": 1, "data": data, **more}).encode()))


def test_an_image_comes_with_papers_and_the_model_sees_no_phone_number(client, server, model, name):
    model.stub.then(drawn(PNG, PNG))
    said = client.images.with_raw_response.generate(model=name, prompt=f"電話{PHONE}の看板", n=2)
    images = said.parse()
    assert PHONE not in model.asked
    assert model.stub.received[-1].path == "/v1/images/generations"
    assert model.stub.received[-1].body["response_format"] == "b64_json"
    assert images.data[0].revised_prompt is None
    assert said.headers["sekisho-mark"] == "c2pa"
    assert (said.headers["sekisho-verdict"], said.headers["sekisho-label"]) == ("mask", "ai-generated")
    files = Files.open(server.home, MarksSettings())
    key = Signer.open(server.home).public_key
    for image in images.data:
        reading = files.read(base64.b64decode(image.b64_json), "image/png")
        assert (reading.found.ours, reading.generated) == (True, True)
        assert receipt.verify(reading.found.receipt, key)["id"] == said.headers["sekisho-exchange"]
        assert "~" not in reading.found.receipt
    stated = receipt.verify(said.headers["sekisho-receipt"].partition("~")[0], key)
    assert (stated["kind"], stated["finish"], stated["model"]) == ("exchange", "stop", name)


def brought(server, data, kind):
    """What the verifier says of a file."""
    told = server.talk(request(data, f"Content-Type: {kind}", path="/v1/verify", key=""))[0]
    return json.loads(told.body) if told.status == 200 else {"matches": []}


def test_a_picture_whose_papers_were_taken_out_or_that_was_encoded_anew_is_found_again(client, server, model, name):
    model.stub.then(drawn(picture(5)))
    said = client.images.with_raw_response.generate(model=name, prompt="山の絵")
    exchange = said.headers["sekisho-exchange"]
    marked = base64.b64decode(said.parse().data[0].b64_json)

    def verified(data, kind):
        return brought(server, data, kind)

    until(lambda: verified(marked, "image/png")["matches"])
    for data, kind in ((picture(5), "image/png"), (picture(5, "JPEG", quality=40), "image/jpeg")):
        told = verified(data, kind)
        assert (told["present"], told["depicted"]) == (False, None)
        (match,) = told["matches"]
        assert (match["exchange"], match["result"], match["spans"]) == (exchange, "picture", [])
        proven = receipt.verify(match["receipt"], VerifierKey.parse(told["key"]).public)
        assert (proven["id"], proven["model"]) == (exchange, name)
    assert verified(picture(6), "image/png")["matches"] == []
    own = verified(marked, "image/png")
    assert (own["ours"], own["depicted"], own["matches"][0]["exchange"]) == (True, True, exchange)


def test_speech_whose_papers_were_taken_out_or_that_was_encoded_anew_is_found_again_until_it_is_erased(
    client, server, model, name
):
    spoken = wav(sung(5, 5.0))
    model.stub.then(raw(whole(spoken)))
    said = client.audio.speech.with_raw_response.create(model=name, voice="a", input="おはよう")
    exchange = said.headers["sekisho-exchange"]
    until(lambda: brought(server, said.content, "audio/wav")["matches"])
    own = brought(server, said.content, "audio/wav")
    assert (own["ours"], own["depicted"], own["matches"][0]["result"]) == (True, True, "media")
    for data, kind, result in (
        (spoken, "audio/wav", "media"),
        (flac(sung(5, 5.0)), "audio/flac", "sound"),
        (wav(sung(5, 5.0)[:-1000] / 2), "audio/wav", "sound"),
    ):
        told = brought(server, data, kind)
        assert (told["present"], told["depicted"]) == (False, None)
        (match,) = told["matches"]
        assert (match["exchange"], match["result"], match["spans"]) == (exchange, result, [])
        proven = receipt.verify(match["receipt"], VerifierKey.parse(told["key"]).public)
        assert (proven["id"], proven["model"]) == (exchange, name)
    assert brought(server, wav(sung(6)), "audio/wav")["matches"] == []
    erased = CliRunner().invoke(sekisho, ["ledger", "erase", exchange, "--yes", "--home", str(server.home)])
    assert erased.exit_code == 0
    assert brought(server, spoken, "audio/wav")["matches"] == []


@pytest.mark.parametrize(
    "spoken", [(WAV, "audio/wav", "c2pa"), (MP3, "audio/mpeg", "c2pa"), (b"OggS" + bytes(40), "audio/ogg", "none")]
)
def test_speech_comes_with_papers_where_its_format_carries_them(client, server, model, name, spoken):
    sound, kind, mark = spoken
    model.stub.then(raw(whole(sound)))
    said = client.audio.speech.with_raw_response.create(model=name, voice="a", input="こんにちは")
    assert (said.headers["content-type"], said.headers["sekisho-mark"]) == (kind, mark)
    if mark == "none":
        assert said.content == sound
    else:
        assert Files.open(server.home, MarksSettings()).read(said.content, kind).found.ours


def test_a_prompt_that_is_refused_is_an_error_that_clients_know(client, model, name):
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(model=name, prompt="鍵は AKIA" + "Q7" * 8)
    assert caught.value.code == "content_policy_violation"
    assert caught.value.response.headers["sekisho-exchange"]
    assert model.stub.received == []


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("response_format", {"response_format": "url"}),
        ("n", {"n": 11}),
        ("prompt", {"prompt": " "}),
        ("style", {"extra_body": {"style": {"deep": "text"}}}),
        ("stream", {"extra_body": {"stream": True}}),
    ],
)
def test_what_cannot_be_served_is_told_with_its_field(client, model, name, field, more):
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(**{"model": name, "prompt": "山の絵", **more})
    assert caught.value.param == field
    assert model.stub.received == []


@pytest.mark.parametrize(
    "answer", [b"no json", b'{"data": [{"url": "http://a.example/b.png"}]}', b'{"data": []}', b"[]"]
)
def test_an_answer_without_images_is_a_broken_one(client, model, name, answer):
    model.stub.plan = raw(whole(answer))
    with pytest.raises(openai.APIStatusError) as caught:
        client.with_options(max_retries=0).images.generate(model=name, prompt="山の絵")
    assert (caught.value.status_code, caught.value.code) == (502, "upstream_broken")


def test_a_model_that_does_not_exist_is_not_replaced_by_another(client, model):
    with pytest.raises(openai.NotFoundError):
        client.images.generate(model="unheard-of", prompt="山の絵")
    assert model.stub.received == []


def test_a_model_that_refuses_is_told(client, model, name):
    model.stub.plan = status(404)
    with pytest.raises(openai.NotFoundError) as caught:
        client.audio.speech.create(model=name, voice="a", input="こんにちは")
    assert caught.value.code == "upstream_refused"
