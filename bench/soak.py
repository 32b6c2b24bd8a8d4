"""Does a worker grow? Asks `sekisho serve` a million times and looks at its memory on the way.

    python bench/soak.py [--requests N] [--every N] [--minutes N] [--guards A,B] [--json FILE]

The mock model of gateway.py answers. Every question is another: sentences of the benchmark's texts in random order,
two kilobytes in all; six in ten are harmless Japanese, three harmless English, and one holds names, numbers, secrets,
orders and whatever else there is, in both languages. Answers are made in the same way, of a kilobyte: there are 4,096,
and one is drawn for each request. Every third stretch is streamed. Memory is what the kernel says of the process that
serves (`resident`: its pages in memory; `own`: those that no other process has and no file backs) and of the one that
finds texts again. Growth is the slope of the straight line that fits the worker's own memory best, from the end of the
warm-up on. The exit code is 1 when it grows by more than 2 MB in a million requests.
"""

import argparse
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

import load
import mocks
import peers
from load import Shot
from peers import Fleet, Running, say
from sekisho.evaluation.items import language_of, sets

WARM_UP = 0.2  # of all requests
STRETCH_S = 10
LIMIT_MB = 2.0  # of growth in a million requests
SENTENCE = re.compile(r"[^。.!?!?\n]{4,200}[。.!?!?\n]?")
LETTERS = 700  # of a question: two kilobytes of Japanese
ANSWERED = 350  # letters of an answer
SHARES = (6, 3, 1)  # of ten questions or answers: harmless in Japanese, harmless in English, all there is
CONNECTIONS = 32

EACH = """
math.randomseed(@SEED@)
local pools = {@POOLS@}
local before, after = wrk.body:match("^(.-)@HERE@(.*)$")
function request()
  local of = math.random(10)
  local pool = pools[of <= @FIRST@ and 1 or of <= @SECOND@ and 2 or 3]
  local said, letters = {}, 0
  while letters < @LETTERS@ do
    local one = pool[math.random(#pool)]
    said[#said + 1] = one[1]
    letters = letters + one[2]
  end
  return wrk.format(nil, nil, nil, before .. math.random(1000000000) .. " " .. table.concat(said) .. after)
end
"""


@dataclass(frozen=True, slots=True)
class Look:
    """Memory in MB after so many requests."""

    requests: int
    resident_mb: float
    own_mb: float
    seeker_mb: float

    def row(self) -> str:
        return f"{self.requests:>9,} {self.resident_mb:>9.1f} {self.own_mb:>7.1f} {self.seeker_mb:>8.1f}"


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory of a process, and what of it is its own and backed by no file."""
    told = dict(re.findall(r"^(\w+):\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE))
    return int(told["Rss"]) * 1024 / 1e6, int(told["Anonymous"]) * 1024 / 1e6


def look(running: Running, requests: int) -> Look:
    """At the largest process, which serves, and at the one that finds texts again."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in running.processes()}
    seeking = [pid for pid, command in commands.items() if b"sekisho.server.seeker" in command]
    resident, own = max(memory_mb(pid) for pid in commands if pid not in seeking)
    return Look(requests, resident, own, sum(memory_mb(pid)[0] for pid in seeking))


def sentences() -> tuple[list[str], list[str], list[str]]:
    """Sentences of the benchmark's texts: of harmless ones in Japanese and in English, and of all."""
    items = [item for one in sets() for item in one.items]
    harmless = [item.text for item in items if not (item.labels or item.spans or item.hard)]
    japanese = [text for text in harmless if language_of(text) == "ja"]
    return _cut(japanese), _cut([text for text in harmless if text not in set(japanese)]), _cut([i.text for i in items])


def _cut(texts: Sequence[str]) -> list[str]:
    return sorted({part for text in texts for part in SENTENCE.findall(text)})


def each(seed: int, pools: Sequence[Sequence[str]]) -> str:
    """What makes wrk ask something else each time."""
    tables = ["{" + ",\n".join(f"{{[==[{_quoted(one)} ]==], {len(one)}}}" for one in pool) + "}" for pool in pools]
    filled = EACH.replace("@POOLS@", ",\n".join(tables)).replace("@SEED@", str(seed))
    first, second, _ = accumulate(SHARES)
    filled = filled.replace("@FIRST@", str(first)).replace("@SECOND@", str(second))
    return filled.replace("@HERE@", load.PROMPT).replace("@LETTERS@", str(LETTERS))


def _quoted(text: str) -> str:
    return json.dumps(text.replace("]==]", ""), ensure_ascii=False)[1:-1]


def answers(pools: Sequence[Sequence[str]]) -> list[tuple[bytes, bytes]]:
    """What the mock may answer, whole and streamed."""
    drawn = random.Random(1)
    made: list[tuple[bytes, bytes]] = []
    for pool in drawn.choices(pools, SHARES, k=mocks.MANY):
        text = ""
        while len(text) < ANSWERED:
            text += drawn.choice(pool)
        made.append(load.answer(text))
    return made


def slope_mb(looks: Sequence[Look], of: int) -> float:
    """Growth of the worker's own memory in a million requests, behind the warm-up."""
    warm = [one for one in looks if one.requests >= WARM_UP * of]
    if len(warm) < 2:
        return 0.0
    return statistics.linear_regression([one.requests / 1e6 for one in warm], [one.own_mb for one in warm]).slope


def soak(running: Running, run: Path, requests: int, every: int, minutes: float) -> list[Look]:
    """Asks until there were so many answers, or so many minutes have passed; a look at memory every so many answers."""
    until_s = time.monotonic() + 60 * minutes
    pools = sentences()
    looks = [look(running, 0)]
    print(" requests  resident     own  seeker MB\n" + looks[0].row(), flush=True)
    done = stretch = 0
    while done < requests:
        stretch += 1
        shot = Shot(load.PROMPT, CONNECTIONS, STRETCH_S, stream=stretch % 3 == 0, each=each(stretch, pools))
        done += load.shoot(running, shot, run).requests
        if time.monotonic() > until_s:
            requests = done
        if done >= looks[-1].requests + every or done >= requests:
            looks.append(look(running, done))
            print(looks[-1].row(), flush=True)
    return looks


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=1_000_000)
    options.add_argument("--every", type=int, default=50_000, help="requests between two looks at memory")
    options.add_argument(
        "--guards", default="privacy,secrets,attack", help="separated by commas; empty: the standard ones"
    )
    options.add_argument("--minutes", type=float, default=60, help="it ends then, however many were asked")
    options.add_argument("--json", type=Path, help="every look goes into this file")
    given = options.parse_args()
    peers.need_tools("nginx", "wrk")
    with Fleet() as fleet:
        mock, streams = mocks.model(fleet, answers(sentences()))
        fleet.start(mock)
        models = {"mock": mock.port, "stream": streams.port}
        config = {
            "profile": "office",
            "models": {name: {"url": f"http://127.0.0.1:{port}/v1"} for name, port in models.items()},
            **({"guards": given.guards.split(",")} if given.guards else {}),
        }
        running = fleet.start(peers.sekisho(fleet, "sekisho", config))
        begun_s = time.monotonic()
        looks = soak(running, fleet.run, given.requests, given.every, given.minutes)
        say(f"{looks[-1].requests / (time.monotonic() - begun_s):,.0f} requests/s")
    grown_mb = slope_mb(looks, looks[-1].requests)
    print(f"growth behind the warm-up: {grown_mb:+.2f} MB in a million requests (limit {LIMIT_MB:g})")
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in looks], indent=1))
    return 0 if grown_mb <= LIMIT_MB else 1


if __name__ == "__main__":
    sys.exit(main())
