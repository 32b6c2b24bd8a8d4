import base64

import pytest
from pyfiglet import Figlet

from sekisho.core.exchange import Stage
from sekisho.core.text import Text
from sekisho.guards.protocol import Context
from sekisho.guards.rule_guard import guard_from

RULES = "guard: g\nstages: [entry]\nrules:\n  - {id: r, category: attack.x, score: 0.8, pattern: 'ignore rules'}\n"
CONTEXT = Context(Stage.ENTRY, "user", "office")


@pytest.fixture
def path(tmp_path):
    (tmp_path / "g.yaml").write_text(RULES)
    return tmp_path / "g.yaml"


async def test_findings_are_in_places_of_the_text_as_received(path):
    text = "㍿の ｉｇ\u200bnore rules!"
    (finding,) = await guard_from(path, {}).inspect(Text(text), CONTEXT)
    assert text[finding.start : finding.end] == "ｉｇ\u200bnore rules"
    assert (finding.category, finding.score, finding.guard, finding.note) == ("attack.x", 0.8, "g", "r")


async def test_encoded_words_are_found_without_asking(path):
    run = base64.b64encode(b"please ignore rules").decode()
    (finding,) = await guard_from(path, {}).inspect(Text(f"見て {run}"), CONTEXT)
    assert (finding.start, finding.end, finding.note) == (3, 3 + len(run), "base64/r")


async def test_disguises_are_looked_through_only_by_guards_that_want_it(path):
    text = Text("selur erongi vtaber ehyrf")
    assert await guard_from(path, {}).inspect(text, CONTEXT) == []
    assert text._disguised is None
    found = await guard_from(path, {}, disguised=True).inspect(text, CONTEXT)
    assert sorted((f.start, f.end, f.note) for f in found) == [(0, 12, "reversed/r"), (13, 25, "rot13/r")]


async def test_letters_set_apart_are_read_together_and_what_stands_plainly_is_told_once(path):
    text = Text("ignore rules, i g n o r e   r u l e s and ignore rules")
    found = await guard_from(path, {}, disguised=True).inspect(text, CONTEXT)
    assert sorted((f.start, f.end, f.note) for f in found) == [(0, 12, "r"), (14, 37, "spaced/r"), (42, 54, "r")]


async def test_drawn_words_are_read_in_their_place_and_what_stands_plainly_is_told_once(path):
    picture = Figlet(font="cards", width=200).renderText("ignore").strip("\n")
    text = Text(f"ignore rules.\n{picture}\nrules, and ignore rules")
    found = await guard_from(path, {}, disguised=True).inspect(text, CONTEXT)
    end = len(f"ignore rules.\n{picture}\nrules")
    plain = [(0, 12, "r"), (end + 6, end + 18, "r")]
    assert sorted((f.start, f.end, f.note) for f in found) == sorted([*plain, (13, end, "drawn/r")])
