"""The guard for conduct: dangerous programs, what an AI agent is about to do, and how an answer treats persons.

It works as the guard for intent does (guards/intent.py), with a linear model of its own, which training/conduct.py
makes from training/data/conduct-*.jsonl; the second opinion is shared. The rules of guards/agency.py, code.py and
persons.py know the fixed ways of saying that; this knows what such things are about. Of an action it sees the call
alone: whether somebody has agreed to it, it cannot know.
"""

from pathlib import Path

from sekisho.core.exchange import Stage
from sekisho.guards.intent import IntentGuard, Subject

_PROGRAMS = ("code.malware", "code.intrusion", "code.deanonymisation")
CONDUCT = Subject(
    # Requests are many and should not wait; actions and answers of whole sentences may.
    {"agency": (0.04, 0.99), "code": (0.25, 0.99), "person": (0.04, 0.99)},
    {
        Stage.ENTRY: _PROGRAMS,
        Stage.ACTION: ("agency",),
        Stage.EXIT: ("agency", *_PROGRAMS, "person"),
    },
    Path(__file__).with_name("conduct.npz"),
)
conduct = IntentGuard("conduct", frozenset(CONDUCT.kinds), subject=CONDUCT, patient=True, second=CONDUCT.second())
