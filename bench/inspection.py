"""What inspection costs as a library call: 2 KB by all guards and the profile office, and its pieces.

    python bench/inspection.py [--times 400] [--guards privacy,secrets,attack]

Medians in microseconds on a warm process, with the 90th percentile. Target: 2 KB in at most 250 µs.
The name is not `inspect.py`: a module of that name beside a script hides the one of the standard library.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from gateway import table
from load import ANSWER, PERSONAL, PROMPT
from sekisho.core.exchange import Message, Stage
from sekisho.core.normalise import normalise
from sekisho.core.text import Text
from sekisho.guards.inspector import Inspector
from sekisho.guards.protocol import load
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.placeholders import Placeholders
from sekisho.policy.load import Profiles

TARGET_US = 250.0
ENGLISH = "How long does a moving-in notice take, and which papers do I have to bring with me? " * 24
TEXTS = {
    "Japanese, clean": PROMPT,
    "Japanese with phone, e-mail, name": PERSONAL,
    "English, clean": ENGLISH,
    "full-width digits and letters": PROMPT[:-40] + "ＡＢＣ１２３４５" * 5,
}


def figures(costs_ns: Sequence[int]) -> tuple[float, float]:
    """Median and 90th percentile in microseconds."""
    return statistics.median(costs_ns) / 1e3, statistics.quantiles(costs_ns, n=10)[-1] / 1e3


def cut(text: str, size: int) -> str:
    """The beginning of the text that fits in `size` bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def timed(call: Callable[[], object], times: int) -> tuple[float, float]:
    """Of a plain function."""
    costs: list[int] = []
    for _ in range(times):
        begin = time.perf_counter_ns()
        call()
        costs.append(time.perf_counter_ns() - begin)
    return figures(costs[times // 10 :])


async def awaited(call: Callable[[], Awaitable[object]], times: int) -> tuple[float, float]:
    """Of a coroutine, within one run of the loop."""
    costs: list[int] = []
    for _ in range(times):
        begin = time.perf_counter_ns()
        await call()
        costs.append(time.perf_counter_ns() - begin)
    return figures(costs[times // 10 :])


async def measure(inspector: Inspector, times: int) -> tuple[list[list[str]], bool]:
    """A line for each text and piece; whether the whole meets the target for every text."""
    profile = Profiles().get("office")
    lines: list[list[str]] = []
    met = True

    def note(name: str, piece: str, measured: tuple[float, float]) -> None:
        lines.append([name, piece, f"{measured[0]:.1f}", f"{measured[1]:.1f}"])

    for name, whole in TEXTS.items():
        text = cut(whole, 2048)

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
            met = met and result[0] <= TARGET_US
        seen = normalise(text)
        note(name, "normalise", timed(lambda text=text: normalise(text), times))
        note(name, "scan", timed(lambda seen=seen: inspector.scanner(Stage.ENTRY).scan(seen), times))
        note(name, "other spellings", timed(lambda text=text: inspector.disguised(Stage.ENTRY, Text(text)), times))
    for size in (1, 5, 20):
        note("answer, 1 KB", f"**streamed in pieces of {size}, per piece**", streamed(inspector, size, times))
    return lines, met


def streamed(inspector: Inspector, size: int, times: int) -> tuple[float, float]:
    """The hold-back buffer, per piece: medians over whole streams."""
    profile = Profiles().get("office")
    pieces = [ANSWER[at : at + size] for at in range(0, len(ANSWER), size)]

    def run() -> None:
        channel = Examiner(inspector, profile, "ja", Placeholders([])).channel(Message(Stage.EXIT, "assistant", ""))
        for piece in pieces:
            channel.take(piece)
        channel.finish()

    median, ninetieth = timed(run, max(20, times // 10))
    return median / len(pieces), ninetieth / len(pieces)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=400)
    options.add_argument("--guards", default="privacy,secrets,attack")
    given = options.parse_args()
    begin = time.perf_counter()
    inspector = Inspector(load(given.guards.split(",")), budget_s=2.0)
    made_s = time.perf_counter() - begin
    lines, met = asyncio.run(measure(inspector, given.times))
    print(table(["text (2 KB)", "piece", "median µs", "90th percentile µs"], lines))
    print(f"\nmaking the inspector: {made_s:.2f} s; 2 KB in at most {TARGET_US:.0f} µs: {'met' if met else 'not met'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
