"""What inspection costs as a library call: 2 KB by the profile office, by rules alone and by all standard guards.

    python bench/inspection.py [--times 400] [--guards privacy,secrets,attack]

Microseconds of processor time on a warm process: the median, the 90th and the 99th percentile. Targets: 2 KB by rules
in at most 250; by all that is on by default, second opinions apart, in at most 1,500, and the 99th percentile in
5,000; a second opinion on one sentence, where it is installed, in at most 15,000. `prose` is the text
that counts: neutral sentences of many topics from training/data, packed into 2 KB, each text looked at once, after as
many others of the same kind. The other texts repeat one paragraph, so that caches and automata know them, and show
where the time goes.
The name is not `inspect.py`: a module of that name beside a script hides the one of the standard library.
"""

import argparse
import asyncio
import json
import math
import random
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count, repeat
from pathlib import Path

from gateway import table
from load import ANSWER, PERSONAL, PROMPT
from sekisho.core.exchange import Message, Stage
from sekisho.core.normalise import normalise
from sekisho.core.text import Text
from sekisho.evaluation.guards import in_tier
from sekisho.guards import meaning
from sekisho.guards.inspector import Inspector
from sekisho.guards.intent import IntentGuard
from sekisho.guards.names import names
from sekisho.guards.protocol import load
from sekisho.pipeline import placeholders
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.placeholders import Placeholders
from sekisho.policy.load import Profiles

RULES = "privacy,secrets,attack"
NEUTRAL = Path(__file__).parent.parent / "training" / "data"
JAPANESE = re.compile("[ぁ-ヶ一-鿿]")
# Of each the prose alone is looked at: what is on by default costs about as much as these together.
WITH = (f"{RULES},names", f"{RULES},intent")
ENGLISH = "How long does a moving-in notice take, and which papers do I have to bring with me? " * 24
SIZE = 2048  # bytes of UTF-8
TEXTS = {
    "Japanese, clean": PROMPT,
    "Japanese with phone, e-mail, name": PERSONAL,
    "English, clean": ENGLISH,
    "full-width digits and letters": PROMPT[:-40] + "ＡＢＣ１２３４５" * 5,
}


Figures = tuple[float, float, float]  # the median, the 90th and the 99th percentile in microseconds


@dataclass(frozen=True, slots=True)
class Target:
    """What 2 KB may take at most, in microseconds."""

    median_us: float
    p99_us: float = math.inf

    def met(self, measured: Figures) -> bool:
        """Whether it did not take longer."""
        return measured[0] <= self.median_us and measured[2] <= self.p99_us


BY_RULES, BY_ALL, BY_MEANING = Target(250.0), Target(1_500.0, 5_000.0), Target(15_000.0)
SENTENCES = {
    "Japanese sentence": "転入届に必要な書類と、窓口が開いている時間を教えてください。",
    "English sentence": "Which papers do I need to register my new address, and when is the counter open?",
}

PASSAGES = {
    "Japanese sentence": "昨日は高松が来て、平と金が先に帰ったそうです。",
    "Japanese passage, 69 code points": "昨日は高松が来て、平と金が先に帰ったそうです。" * 3,
}


def figures(costs_ns: Sequence[int]) -> Figures:
    """Of what single calls took, in nanoseconds."""
    cuts = statistics.quantiles(costs_ns, n=100)
    return statistics.median(costs_ns) / 1e3, cuts[89] / 1e3, cuts[98] / 1e3


def prose() -> dict[str, list[str]]:
    """Texts of nearly 2 KB by language, in an order without meaning. No line stands in two texts of a language."""
    files = sorted(NEUTRAL.glob("neutral*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    said = list(dict.fromkeys(line["text"] for line in lines if isinstance(line["text"], str) and not line["labels"]))
    random.Random(1).shuffle(said)
    japanese = [text for text in said if JAPANESE.search(text)]
    english = [text for text in said if text.isascii()]
    turns = list(chain.from_iterable(zip(japanese, english, strict=False)))
    return {"Japanese": packed(japanese), "English": packed(english), "mixed": packed(turns)}


def packed(lines: Iterable[str]) -> list[str]:
    """The lines in texts of at most 2 KB, without the last, which may be short."""
    texts = [""]
    for line in lines:
        if len(f"{texts[-1]}\n{line}".encode()) > SIZE:
            texts.append("")
        texts[-1] = cut(f"{texts[-1]}\n{line}".lstrip(), SIZE)
    return texts[:-1]


def cut(text: str, size: int) -> str:
    """The beginning of the text that fits in `size` bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def timed(call: Callable[[], object], times: int) -> Figures:
    """Of a plain function."""
    costs: list[int] = []
    for _ in range(times):
        begin = time.process_time_ns()
        call()
        costs.append(time.process_time_ns() - begin)
    return figures(costs[times // 10 :])


async def awaited(call: Callable[[], Awaitable[object]], times: int, *, warm: float = 0.1) -> Figures:
    """Of a coroutine, within one run of the loop. `warm`: the part at the beginning that does not count."""
    costs: list[int] = []
    for _ in range(times):
        begin = time.process_time_ns()
        await call()
        costs.append(time.process_time_ns() - begin)
    return figures(costs[int(times * warm) :])


def told(name: str, piece: str, measured: Figures) -> list[str]:
    """A line of a table."""
    return [name, piece, *(f"{one:,.1f}" for one in measured)]


async def read(inspector: Inspector, target: Target) -> tuple[list[list[str]], bool]:
    """A line for the prose of each language; whether all meet the target."""
    profile = Profiles().get("office")
    lines: list[list[str]] = []
    met = True
    for language, texts in prose().items():
        new = iter(texts)
        result = await awaited(
            lambda new=new: Examiner(inspector, profile, "ja", Placeholders([])).examine(
                Message(Stage.ENTRY, "user", next(new))
            ),
            len(texts),
            warm=0.5,
        )
        lines.append(told(f"prose, {language}", "**examine, entry**", result))
        met = met and target.met(result)
    return lines, met


async def measure(inspector: Inspector, times: int, target: Target) -> tuple[list[list[str]], bool]:
    """A line for each text and piece; whether the whole meets the target for every text."""
    profile = Profiles().get("office")
    lines: list[list[str]] = []
    met = True

    def note(name: str, piece: str, measured: Figures) -> None:
        lines.append(told(name, piece, measured))

    for name, whole in TEXTS.items():
        text = cut(whole, SIZE)

        def examiner(text: str = text) -> Examiner:
            return Examiner(inspector, profile, "ja", Placeholders([text]))

        for stage, author in ((Stage.ENTRY, "user"), (Stage.EXIT, "assistant")):
            # Each time another text: what held nothing once is not looked at again.
            texts = (f"{text}{number}" for number in count())
            result = await awaited(
                lambda texts=texts, made=examiner, said=(stage, author): made().examine(Message(*said, next(texts))),
                times,
            )
            note(name, f"**examine, {stage.value}**", result)
            met = met and target.met(result)
        seen = normalise(text)
        note(name, "normalise", timed(lambda text=text: normalise(text), times))
        note(name, "scan", timed(lambda seen=seen: inspector.scanner(Stage.ENTRY).scan(seen), times))
        note(name, "other spellings", timed(lambda text=text: inspector.disguised(Stage.ENTRY, Text(text)), times))
    for size in (1, 5, 20):
        note("answer, 1 KB", f"**streamed in pieces of {size}, per piece**", streamed(inspector, size, times))
    return lines, met


def streamed(inspector: Inspector, size: int, times: int) -> Figures:
    """The hold-back buffer, per piece: medians over whole streams."""
    profile = Profiles().get("office")
    pieces = [ANSWER[at : at + size] for at in range(0, len(ANSWER), size)]

    def run() -> None:
        channel = Examiner(inspector, profile, "ja", Placeholders([])).channel(Message(Stage.EXIT, "assistant", ""))
        for piece in pieces:
            channel.feed(piece)
        channel.finish()

    median, p90, p99 = (one / len(pieces) for one in timed(run, max(20, times // 10)))
    return median, p90, p99


def opinions(times: int) -> bool:
    """Prints what a second opinion on one sentence takes; whether the target is met. True where it is not installed."""
    if not meaning.installed():
        return True
    guard = IntentGuard()
    opinion = meaning.second(guard.subject.areas)
    model = guard.model.of(guard.subject.areas)
    lines: list[list[str]] = []
    met = True
    for name, text in SENTENCES.items():
        value = normalise(text)
        raw, places = model.raw(value)
        row = opinion.embedded([value])
        other = map("{} {}".format, repeat(value), count())  # each time another, since the last embeddings are kept
        whole = timed(lambda other=other, said=(raw, places): opinion.scores(next(other), *said), times)
        for piece, result in (
            ("**second opinion**", whole),
            ("embedding", timed(lambda other=other: opinion.embedded([next(other)]), times)),
            ("classifier", timed(lambda row=row: opinion.classifier.raw(row), times)),
        ):
            lines.append([name, piece, *(f"{one:,.1f}" for one in result)])
        met = met and BY_MEANING.met(whole)
    if names.second is not None:
        for name, text in PASSAGES.items():
            value = normalise(text)
            result = timed(lambda value=value: names.second.read(value, 0, len(value)), times)
            lines.append([name, "**read for names**", *(f"{one:,.1f}" for one in result)])
            met = met and BY_MEANING.met(result)
    print(table(["second opinion", "piece", "median µs", "90 %", "99 %"], lines))
    print(f"\na sentence in at most {BY_MEANING.median_us:,.0f} µs: {'met' if met else 'not met'}\n")
    return met


def report(guards: str, times: int, target: Target) -> bool:
    """Prints the table for these guards; whether the target is met. `times` 0: of the prose alone."""
    begin = time.perf_counter()
    loaded = load([name for name in guards.split(",") if name])
    placeholders.prepare()
    inspector = Inspector(
        in_tier(loaded, "first"),
        budget_s=2.0,
        rules=[placeholders.rule()],
    )
    made_s = time.perf_counter() - begin
    lines, met = asyncio.run(read(inspector, target))
    if times:
        more, also = asyncio.run(measure(inspector, times, target))
        lines, met = [*lines, *more], met and also
    print(table([f"2 KB by {guards or 'all standard guards'}", "piece", "median µs", "90 %", "99 %"], lines))
    wanted = f"{target.median_us:,.0f} µs" + (f", 99 % in {target.p99_us:,.0f}" if target.p99_us < math.inf else "")
    print(f"\nmaking the inspector: {made_s:.2f} s; 2 KB in at most {wanted}: {'met' if met else 'not met'}\n")
    return met


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=400)
    options.add_argument("--guards", help="these alone, with the target of rules")
    given = options.parse_args()
    if given.guards:
        return 0 if report(given.guards, given.times, BY_RULES) else 1
    # All are printed, whatever the first says.
    met = [report(RULES, given.times, BY_RULES), report("", given.times, BY_ALL)]
    met += [report(guards, 0, BY_ALL) for guards in WITH]
    met += [opinions(given.times)]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
