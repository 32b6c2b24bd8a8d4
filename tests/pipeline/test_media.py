import asyncio

import orjson
import pytest
from tests.pipeline.making import BAD, MASKING, Log, Models, caller, pipeline, profile
from tests.provenance.media.samples import SAMPLES

from sekisho.core.errors import ContentRefused, InvalidField, LedgerFault, Stopped
from sekisho.core.verdict import Verdict
from sekisho.models.upstream import Reply
from sekisho.pipeline.media import IMAGES, SPEECH, Media, kind_of
from sekisho.pipeline.request import MAX_TEXTS
from sekisho.provenance.marks.selectors import written
from sekisho.provenance.media.faults import FileUnreadable
from sekisho.provenance.media.files import Marked


class Painter(Models):
    async def media(self, name, path, body):
        self.asked.append(([name], body))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return Reply(name, self.answer)


class Pen:
    def mark(self, data, mime, receipt="", title=""):
        if mime == "application/octet-stream":
            raise FileUnreadable
        return Marked(b"marked " + data, ["ISCC:EED"])


def body(**more):
    return orjson.dumps({"model": "m", "input": "こんにちは", **more})


async def spoken(answer=b"ID3 sound", *, log=None, papers=None, who=None, **more):
    models = Painter(answer)
    media = Media(pipeline(models, log=log), papers)
    return await media.run(body(**more), who or caller(), SPEECH), models


async def test_what_is_delivered_is_recorded_and_marked():
    log = Log()
    delivery, _ = await spoken(log=log, papers=Pen())
    assert (delivery.payload, delivery.kind, delivery.marked) == (b"marked ID3 sound", "audio/mpeg", True)
    assert log.statements[0]["finish"] == "stop"
    (told,) = log.contents[0]["answer"]
    assert (told["media"], told["iscc"]) == ("audio/mpeg", ["ISCC:EED"])


@pytest.mark.parametrize("papers", [None, Pen()])
async def test_a_file_that_cannot_be_marked_is_delivered_and_says_so(papers):
    delivery, _ = await spoken(b"?", papers=papers)
    assert (delivery.payload, delivery.marked) == (b"?", False)


async def test_marks_in_the_prompt_are_taken_out():
    _, models = await spoken(input="山" + written(b"hidden"))
    assert models.asked[0][1]["input"] == "山"


@pytest.mark.parametrize("verdict", [Verdict.REFUSE, Verdict.HOLD, Verdict.REPLACE])
async def test_what_is_refused_is_recorded_and_asks_nobody(verdict):
    log = Log()
    with pytest.raises(ContentRefused) as caught:
        await spoken(log=log, input=BAD, who=caller(profile(entry={**MASKING, "harm": verdict})))
    assert log.statements[0]["finish"] == "content_policy_violation"
    assert caught.value.exchange == log.statements[0]["id"]
    assert caught.value.say("ja")


async def test_whoever_leaves_leaves_a_record():
    log = Log()
    with pytest.raises(asyncio.CancelledError):
        await spoken(asyncio.CancelledError(), log=log)
    assert log.statements[0]["finish"] == "client_left"


async def test_what_cannot_be_recorded_is_not_delivered():
    log = Log()
    log.fault = LedgerFault(why="full")
    with pytest.raises(LedgerFault):
        await spoken(log=log)


async def test_what_a_model_makes_that_is_stopped_meanwhile_is_not_delivered():
    stops, log = iter([None, "all"]), Log()
    media = Media(pipeline(Painter(b"ID3 sound"), log=log, stopped=lambda model, profile: next(stops)))
    with pytest.raises(Stopped):
        await media.run(body(), caller(), SPEECH)
    assert (log.statements[0]["finish"], log.statements[0]["verdict"]) == ("stopped", "refuse")


async def test_more_options_than_guards_can_look_at_are_told():
    with pytest.raises(InvalidField, match="at most"):
        await spoken(**{f"x{number}": "a" for number in range(MAX_TEXTS)})


async def test_a_stopped_model_is_not_asked():
    media = Media(pipeline(Painter(b""), stopped=lambda model, profile: "m"))
    with pytest.raises(Stopped):
        await media.run(orjson.dumps({"model": "m", "prompt": "x"}), caller(), IMAGES)


@pytest.mark.parametrize("end", [".png", ".jpg", ".gif", ".webp", ".wav", ".mp3", ".flac"])
def test_files_are_known_by_their_beginning(end):
    assert kind_of(SAMPLES[end]).partition("/")[0] == ("image" if end in (".png", ".jpg", ".gif", ".webp") else "audio")
    assert kind_of(b"RIFF....AVI ") == kind_of(b"") == "application/octet-stream"
