"""How long patterns hold a stream back: Japanese and English in pieces such as models send, by the profile office.

    python bench/holding.py [--texts 400] [--guards privacy,secrets,attack]

`waits` is how many further pieces come before the first text goes out, 0 where some of it goes out with the first
piece; `held` is how many code points are not out after each piece. `cost` is processor time of a piece: normalising,
looking for matches and for what could become one. The texts are the neutral lines and the lines with names of
training/, and the harmless ones of the benchmark; in none of the figures is anything judged.
"""

import argparse
import json
import random
import re
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from gateway import table
from sekisho.core.exchange import Message, Stage
from sekisho.guards.inspector import Inspector
from sekisho.guards.protocol import load
from sekisho.pipeline import placeholders
from sekisho.pipeline.channel import Channel
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.placeholders import Placeholders
from sekisho.policy.load import Profiles

ROOT = Path(__file__).parent.parent
NAMES = (
    "data/neutral.jsonl",
    "data/neutral-2.jsonl",
    "data/names-ja-dev-2.jsonl",
    "data/names-ja-train.jsonl",
    "names/en.jsonl",
)
DATA = [ROOT / "training" / name for name in NAMES]
BENCHMARK = [ROOT / "src/sekisho/evaluation/data/guards" / name for name in ("harm-ja.jsonl", "harm-en.jsonl")]
MARKED = re.compile(r"⟦[^|⟧]*\|([^⟧]*)⟧")
JAPANESE = re.compile("[ぁ-ん]")
PIECES = (1, 1, 2, 2, 3, 4)  # characters


def texts(files: Iterable[Path]) -> list[str]:
    """Those of some files in which nothing is labelled as harmful."""
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    clean = [line["text"] for line in lines if isinstance(line["text"], str) and not line.get("labels")]
    return [MARKED.sub(r"\1", text) for text in clean]


def mixed(text: str, seed: int) -> list[str]:
    """Pieces of one to four characters."""
    sizes, pieces = random.Random(seed), [""]
    while text:
        size = sizes.choice(PIECES)
        pieces.append(text[:size])
        text = text[size:]
    return pieces[1:]


def single(text: str, _: int) -> list[str]:
    """Pieces of one character."""
    return list(text)


def words(text: str, _: int) -> list[str]:
    """Words with the space before them, numbers in groups of three, signs."""
    return re.findall(r" ?[A-Za-z]{1,9}| ?[0-9]{1,3}|\s|[^\sA-Za-z0-9]", text)


def ninety_five(values: Sequence[int]) -> int:
    """The 95th percentile."""
    return sorted(values)[int(0.95 * len(values))]


def measure(name: str, streams: Sequence[list[str]], channel: Callable[[], Channel]) -> list[str]:
    """A line of the table."""
    waits: list[int] = []
    held: list[int] = []
    spent = 0
    for pieces in streams:
        made, first = channel(), None
        begin = time.process_time_ns()
        for number, piece in enumerate(pieces):
            if made.feed(piece) and first is None:
                first = number
            held.append(made.waiting)
        spent += time.process_time_ns() - begin
        waits.append(len(pieces) if first is None else first)
    shares = f"{sum(not wait for wait in waits) / len(waits):.0%}"
    figures = [f"{statistics.mean(waits):.2f}", str(ninety_five(waits)), f"{statistics.mean(held):.1f}"]
    return [name, *figures, str(ninety_five(held)), shares, f"{spent / len(held) / 1e3:.0f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=400, help="of each language")
    parser.add_argument("--guards", default="privacy,secrets,attack")
    arguments = parser.parse_args()

    inspector = Inspector(load(arguments.guards.split(",")), budget_s=5.0, rules=(placeholders.rule(),))
    examiner = Examiner(inspector, Profiles().get("office"), "ja", Placeholders())
    message = Message(Stage.EXIT, "assistant", "", ("choices", 0, "message", "content"))

    every = texts([*DATA, *BENCHMARK])
    random.Random(1).shuffle(every)
    japanese = [text for text in every if JAPANESE.search(text)][: arguments.texts]
    english = [text for text in every if text.isascii()][: arguments.texts]
    kinds = [("Japanese, 1–4 characters", japanese, mixed), ("Japanese, 1 character", japanese, single)]
    kinds += [("English, words", english, words), ("English, 1–4 characters", english, mixed)]
    lines = [
        measure(name, [cut(text, at) for at, text in enumerate(some)], lambda: examiner.channel(message))
        for name, some, cut in kinds
    ]
    head = ["pieces", "waits, mean", "p95", "held, mean", "p95", "at once", "cost, µs"]
    print(table(head, lines))


if __name__ == "__main__":
    main()
