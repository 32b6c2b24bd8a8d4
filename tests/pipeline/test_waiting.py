"""No text keeps the event loop from others for long, whatever stands in it."""

import asyncio
import time
from asyncio.events import Handle
from dataclasses import replace

import pytest
from tests.pace import turns

from sekisho.core.exchange import Message, Stage
from sekisho.core.text import AT_ONCE
from sekisho.guards import agency, attack, code, conduct, intent, persons, privacy, secrets
from sekisho.guards.inspector import Inspector
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.placeholders import Placeholders
from sekisho.policy.load import Profiles

RULES = (privacy.privacy, secrets.secrets, attack.attack, agency.agency, code.code, persons.persons)
MODELS = (replace(intent.intent, second=None), replace(conduct.conduct, second=None))
INSPECTOR = Inspector((*RULES, *MODELS), budget_s=60.0, growing=False)
HOSTILE = (
    "taro*example.com",
    "LINE_CHANNEL_SECRET=short",
    "CFPAT-aaa",
    "田中",
    "090-1234-5678、",
    "0",
    "69676e6f7265",
    "i g n o r e ",
    "a\ufe00\ufe0f",
    "\ufdfa",
)


@pytest.mark.parametrize("size", [AT_ONCE, 4 * AT_ONCE])
async def test_others_have_their_turn_while_a_hostile_text_is_looked_at(monkeypatch, size):
    steps, run = [0.0], Handle._run

    def timed(self):
        begun = time.thread_time()
        run(self)
        steps.append(time.thread_time() - begun)

    monkeypatch.setattr(Handle, "_run", timed)
    looking = Examiner(INSPECTOR, Profiles().get("office"), "ja", Placeholders())
    await asyncio.sleep(0)  # the step that this began in is not timed
    for unit in HOSTILE:
        text = (unit * (size // len(unit) + 1))[:size]
        longest = []
        for _ in range(4):  # the first compiles what it needs; one of the others may meet the collector
            steps.clear()
            await looking.examine(Message(Stage.SOURCE, "tool", text, ("text",)))
            await asyncio.sleep(0)
            longest.append(max(steps))
        assert turns(min(longest)) < 60, unit
