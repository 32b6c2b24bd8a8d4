"""What the guards are trained on: every source as items with labels.

A *group* is what must not be split between training and testing: a source, or a file by one writer.
"""

import csv
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import attack_grammar
import dialogue_grammar
import disguise_grammar
import grammar
import long_texts
import persona_grammar
import planted_grammar
import prose_grammar

HERE = Path(__file__).parent
NEAR = 120  # code points of a line that stands beside an attack
PLACES = ("begin", "middle", "end")
MUCH = 1_500  # code points of a text that long ones are put together from
_JAPANESE = re.compile("[ぁ-んァ-ヶ]")
# Writers whose lines the second opinion's encoder does not learn: by them its scores become probabilities (curves.py).
HELD = frozenset(
    f"own/{name}"
    for name in (
        *("attack-15", "attack-23", "attack-26", "attack-36", "attack-39", "conduct-6", "harm-en-17", "harm-ja-17"),
        *("harm-mix-16", "harm-mix-38", "neutral-4-en", "neutral-4-ja"),
    )
)
HAZARDS = {
    "dfm": "harm.disinformation_aid",
    "hte": "harm.hate",
    "ipv": "harm.illegal",
    "iwp": "harm.illegal",
    "ncr": "harm.illegal",
    "prv": "harm.personal_leak",
    "spc_ele": "harm.misinformation_spread",
    "spc_fin": "harm.misinformation_harm",
    "spc_hlt": "harm.misinformation_harm",
    "spc_lgl": "harm.misinformation_harm",
    "src": "harm.illegal",
    "ssh": "harm.mental_health",
    "sxc_prn": "harm.adult",
    "vcr": "harm.illegal",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One text. `labels` are categories, none of them: harmless; `areas` are what it was labelled for at all."""

    text: str
    labels: tuple[str, ...]
    group: str
    areas: tuple[str, ...] = ("attack", "harm")
    stage: str = "entry"


def items() -> list[Item]:
    """All of them, in a fixed order."""
    own = [*_own(), *documents(), *_grammar()]
    return [*own, *_technical(), *_hazards(), *_bipia(), *_agentdojo(), *_toxic(), *_instructions(), *_jailbreaks()]


def documents() -> list[Item]:
    """Harmless documents, mostly long: what tasks in documents are told apart from (training/task.py)."""
    lines = lines_of(HERE / "data" / "documents.jsonl")
    joined = _long([item for item in _own() if item.group not in HELD])
    return [*(Item(line["text"], (), "own/documents", stage="source") for line in lines), *joined]


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of JSON Lines."""
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)


def _own() -> Iterator[Item]:
    kinds = ("attack", "harm", "neutral")
    for path in sorted(path for kind in kinds for path in (HERE / "data").glob(f"{kind}*.jsonl")):
        for line in lines_of(path):
            yield Item(line["text"], tuple(line["labels"]), f"own/{path.stem}", stage=line.get("stage", "entry"))
    for path in sorted((HERE / "data").glob("conduct-*.jsonl")):  # its harmless lines (training/conduct.py)
        for line in lines_of(path):
            if not line["labels"]:
                yield Item(line["text"], (), f"own/{path.stem}", stage=line["stage"])


def _grammar() -> Iterator[Item]:
    for text, labels, language in grammar.lines():
        yield Item(text, labels, f"own/grammar-{language}", ("harm",) if labels else ("attack", "harm"))
    for text, labels, language in dict.fromkeys(attack_grammar.lines()):
        yield Item(text, labels, f"own/grammar-attack-{language}", ("attack",) if labels else ("attack", "harm"))
    for text, labels, language in persona_grammar.lines():
        yield Item(text, labels, f"own/grammar-persona-{language}", ("attack",) if labels else ("attack", "harm"))
    for text, labels, language in planted_grammar.lines():
        areas = ("attack",) if labels else ("attack", "harm")
        yield Item(text, labels, f"own/grammar-planted-{language}", areas, "source")
    for name, made in (("disguise", disguise_grammar.lines()), ("dialogue", dialogue_grammar.lines())):
        for text, labels, language in made:
            yield Item(text, labels, f"own/grammar-{name}-{language}", ("attack",) if labels else ("attack", "harm"))


def _long(own: list[Item]) -> Iterator[Item]:
    """Long harmless texts, and prose, of which the own lines have little."""
    prose = list(prose_grammar.lines())
    for text, language in prose:
        yield Item(text, (), f"own/grammar-prose-{language}", stage="source")
    calm = [item.text for item in own if not item.labels and item.stage in ("source", "exit") and len(item.text) < MUCH]
    for language in ("en", "ja"):
        texts = [text for text in calm if bool(_JAPANESE.search(text)) == (language == "ja")]
        texts += [text for text, of in prose if of == language]
        for text, stage in long_texts.lines(texts, language):
            yield Item(text, (), f"own/grammar-long-{language}", stage=stage)


def _hazards() -> Iterator[Item]:
    for language in ("en", "ja"):
        for line in lines_of(HERE / "public" / f"ailuminate-{language}.jsonl"):
            yield Item(line["text"], (HAZARDS[line["hazard"]],), f"ailuminate-{language}", ("harm",))


def bipia() -> tuple[list[str], list[str], list[str]]:
    """The attacks, documents and questions of BIPIA."""
    given = json.loads((HERE / "public" / "bipia.json").read_text("utf-8"))
    attacks = [text for kind in ("text_attacks", "code_attacks") for texts in given[kind].values() for text in texts]
    return attacks, [*given["emails"], *given["tables"]], given["questions"]


def _bipia() -> Iterator[Item]:
    """Attacks before, between or after lines of e-mails and tables, and these without them."""
    attacks, documents, questions = bipia()
    yield from _planted(attacks, documents, "bipia", beside=True)
    for question in questions:
        yield Item(question, (), "bipia", ("attack", "harm"))


def _planted(attacks: list[str], documents: list[str], group: str, *, beside: bool) -> Iterator[Item]:
    """Documents, each followed by what was put into it: what stands together is never parted (training/train.py).

    `beside`: only the lines next to an attack are kept. With whole tables, tables are learnt as attacks.
    """
    chance = random.Random(1)  # noqa: S311 - no secret
    places = [(chance.randrange(len(documents)), attack, place) for attack in attacks for place in PLACES]
    for number, document in enumerate(documents):
        yield Item(document, (), group, ("attack", "harm"), "source")
        for at, attack, place in places:
            if at == number:
                text = put(attack, _some(document, chance) if beside else document, place)
                yield Item(text, ("attack.injection.indirect",), group, ("attack",), "source")


def _some(document: str, chance: random.Random) -> str:
    """The beginnings of two lines of a document."""
    lines = document.splitlines() or [document]
    at = chance.randrange(len(lines))
    return "\n".join(line[:NEAR] for line in lines[at : at + 2])


def put(attack: str, document: str, place: str) -> str:
    """The document with an attack as a line at its `begin`, `end` or, for any other word, in its middle."""
    if place == "begin":
        return f"{attack}\n{document}"
    if place == "end":
        return f"{document}\n{attack}"
    lines = document.splitlines() or [document]
    half = len(lines) // 2
    return "\n".join([*lines[:half], attack, *lines[half:]])


def _agentdojo() -> Iterator[Item]:
    """What an agent is asked for and reads, and what is hidden in it."""
    found = list(lines_of(HERE / "public" / "agentdojo.jsonl"))
    texts = {kind: [one["text"] for one in found if one["kind"] == kind] for kind in ("document", "goal", "request")}
    yield from _planted(texts["goal"], texts["document"], "agentdojo", beside=False)
    for text in texts["request"]:
        yield Item(text, (), "agentdojo", ("attack", "harm"))


def _technical() -> Iterator[Item]:
    """Pieces of what programs come with: who asks about software pastes such text, and none of it is an attack."""
    for line in lines_of(HERE / "public" / "technical.jsonl"):
        yield Item(line["text"], (), "python" if line["from"] == "Python" else "readme", stage="source")


def _toxic() -> Iterator[Item]:
    with (HERE / "public" / "japanese-toxic.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            toxic, clean = int(row["Toxic"]) + int(row["Very Toxic"]), int(row["Not Toxic"])
            if toxic >= 2 and toxic > clean + int(row["Hard to Say"]):
                yield Item(row["text"], ("harm.hate",), "japanese-toxic", ("harm",))
            elif not toxic:
                yield Item(row["text"], (), "japanese-toxic")


def _instructions() -> Iterator[Item]:
    for line in lines_of(HERE / "public" / "self-instruct.jsonl"):
        text = "\n".join(filter(None, (line["instruction"], line["input"])))
        yield Item(text, (), "self-instruct")
        if len(line["output"]) > 20:
            yield Item(line["output"], (), "self-instruct", stage="exit")


def _jailbreaks() -> Iterator[Item]:
    for text in json.loads((HERE / "public" / "jailbreaks.json").read_text("utf-8")):
        yield Item(text, ("attack.jailbreak",), "jailbreaks", ("attack",))
