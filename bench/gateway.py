"""Sekisho beside nginx, a bare proxy, LiteLLM and Portkey: rates, delays, memory, start and size, in one run.

    python bench/gateway.py [--quick] [--only nginx,sekisho] [--rounds N] [--json FILE]

Installs the peers under .bench/ (once), starts a mock model (nginx with a static answer and a static stream of 62
events, and a second mock whose events come one by one), and asks every gateway in turn, round after round, each time
in another order; the table holds the medians. Every request holds another text. The gateway asked runs alone on core
0; the mocks and wrk share core 1. How each is configured stands in bench/README.md. Sekisho has a key with limits, the
profile office and a durable ledger; it runs with all guards that are on by default, and with those by rules alone.
Everything is on loopback. The exit code is 1 when a stated target is not met.
"""

import argparse
import json
import re
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import load
import mocks
import peers
import targets
from load import Load, Shot
from peers import Fleet, Running, say
from speaker import Script, Speaker

GATEWAY_CORE, CLIENT_CORE = 0, 1
MANY = 32
PACED = 64  # connections that wait for events of the paced mock
BY_RULES = ["privacy", "secrets", "attack"]  # guards
KINDS = ("many", "one", "streams", "paced")


@dataclass(slots=True)
class Contender:
    """A running gateway and what was measured of it, by the kind of load.

    Attributes:
        kinds: which loads it is put under: `many` and `one` connection, `streams` (at 32 connections) that come at
            once, and `paced` ones (at 64) whose events come one by one.
        fresh: whether every question is another, as in real life, so that nothing seen before helps.
    """

    name: str
    running: Running
    kinds: Sequence[str] = KINDS
    question: str = load.PROMPT
    fresh: bool = True
    package: str = ""
    loads: dict[str, list[Load]] = field(default_factory=dict)
    first_ms: list[float] = field(default_factory=list)
    fresh_mb: list[float] = field(default_factory=list)
    loaded_mb: list[float] = field(default_factory=list)

    def median(self, kind: str) -> Load | None:
        """The median of all rounds; None where it was not put under that load."""
        return load.medians(self.loads[kind]) if self.loads.get(kind) else None


def shoot(contender: Contender, kind: str, seconds: int) -> Load:
    """One run of that kind of load."""
    running = contender.running
    if kind == "paced":
        running = replace(running, server=replace(running.server, **running.server.paced))
    connections = {"one": 1, "paced": PACED}.get(kind, MANY)
    stream = kind in ("streams", "paced")
    shot = Shot(contender.question, connections, seconds, stream=stream, core=CLIENT_CORE, fresh=contender.fresh)
    return load.shoot(running, shot, running.run)


def contenders(fleet: Fleet, speaker: Speaker, only: Sequence[str]) -> list[Contender]:
    """Starts the mock and every gateway that is wanted, and checks that each passes the mock's answers on."""
    mock, streams = mocks.model(fleet, [load.answer()], CLIENT_CORE)
    started = fleet.start(mock)
    pacer = fleet.start(mocks.pacer(fleet, CLIENT_CORE)).server
    found = [Contender("the mock itself", started, ("one",))]
    models = {"mock": mock.port, "stream": streams.port, "paced": pacer.port, "slow": speaker.port}
    if "nginx" in only:
        found.append(Contender("nginx", fleet.start(mocks.proxy(fleet, models, GATEWAY_CORE))))
    if "bare" in only:
        bare = fleet.start(_bare(mock.port))
        found.append(Contender("a bare proxy in Python", bare, ("many", "one")))
    if "sekisho" in only:
        found += _sekisho(fleet, models)
    if "litellm" in only:
        server = peers.litellm(fleet, models, (), GATEWAY_CORE)
        found.append(Contender("LiteLLM", fleet.start(server), package="litellm"))
    if "portkey" in only:
        server = peers.portkey(fleet, models, GATEWAY_CORE)
        found.append(Contender("Portkey", fleet.start(server), package="portkey"))
    for contender in found[1:]:
        load.check(contender.running.server, load.PROMPT, stream="streams" in contender.kinds)
        contender.fresh_mb = contender.running.resident_mb()
    return found


def _bare(upstream: int) -> peers.Server:
    port = peers.free_port()
    script = Path(__file__).with_name("bare.py")
    return peers.Server("bare", [sys.executable, str(script), str(port), str(upstream)], port, core=GATEWAY_CORE)


def _sekisho(fleet: Fleet, models: dict[str, int]) -> list[Contender]:
    named = {name: {"url": f"http://127.0.0.1:{port}/v1"} for name, port in models.items()}
    config = {"profile": "office", "models": named}
    rules = {**config, "guards": BY_RULES}
    durable = fleet.start(peers.sekisho(fleet, "sekisho-rules", rules, GATEWAY_CORE))
    unsafe = fleet.start(
        peers.sekisho(fleet, "sekisho-unsynced", {**rules, "ledger": {"unsafe_skip_sync": True}}, GATEWAY_CORE)
    )
    whole = fleet.start(peers.sekisho(fleet, "sekisho", config, GATEWAY_CORE))
    return [
        Contender(targets.RULES, durable, package="sekisho"),
        Contender("Sekisho, rules, masking", durable, ("many", "one"), load.PERSONAL),
        Contender("Sekisho, rules, same text", durable, ("many",), fresh=False),
        Contender(targets.UNSYNCED, unsafe, ("one",)),
        Contender(targets.ALL, whole, package="sekisho"),
        Contender("Sekisho, all, masking", whole, ("many", "one"), load.PERSONAL),
    ]


def measure(found: Sequence[Contender], rounds: int, seconds: int) -> None:
    """Puts every contender under every load, once a round; the order turns so that none is always first."""
    lasting: dict[tuple[str, str], int] = {}
    for contender in found:
        for kind in contender.kinds:
            warm = shoot(contender, kind, 1)
            lasting[contender.name, kind] = (
                min(load.PATIENCE_S, 4 * seconds) if warm.median_ms > load.SLOW_MS else seconds
            )
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for contender in (*found[number % len(found) :], *found[: number % len(found)]):
            with alone(found, contender):
                for kind in contender.kinds:
                    lasts = lasting[contender.name, kind]
                    contender.loads.setdefault(kind, []).append(shoot(contender, kind, lasts))
    for contender in found:
        contender.loaded_mb = contender.running.resident_mb()


@contextmanager
def alone(found: Sequence[Contender], contender: Contender) -> Generator[None, None, None]:
    """Halts all other gateways: what they do after a load, such as indexing, would take part of the same core."""
    others = {
        id(one.running): one.running for one in found[1:] if one.running is not contender.running
    }  # the first is the mock
    for running in others.values():
        running.halt()
    try:
        yield
    finally:
        for running in others.values():
            running.go_on()


def first_tokens(found: Sequence[Contender], speaker: Speaker, rounds: int) -> list[float]:
    """How much later first tokens come through Sekisho, answer by answer; returns the gaps between a model's tokens."""
    direct = peers.Server("paced model", (), speaker.port)
    through = [contender for contender in found if contender.name == targets.RULES]
    gaps_ms: list[float] = []
    for number in list(speaker.scripts) * rounds:
        question = f"{load.PROMPT} case-{number}"
        first, second = load.tokens_ms(direct, question)
        gaps_ms.append(second - first)
        for contender in through:
            contender.first_ms.append(load.tokens_ms(contender.running.server, question)[0] - first)
    return gaps_ms


def row(contender: Contender, yardstick: Contender | None) -> list[str]:
    """One line of the table."""
    many, one, streams, paced = (contender.median(kind) for kind in KINDS)
    base_many, _, base_streams, base_paced = (yardstick.median(kind) if yardstick else None for kind in KINDS)
    size = peers.installed_mb(contender.package) if contender.package else 0.0
    return [
        contender.name,
        _rate(many, base_many),
        f"{many.processor_us:,.0f} · {many.busy:.0%}" if many else "–",
        f"{many.median_ms:.2f} / {many.p99_ms:.2f}" if many else "–",
        f"{one.median_ms:.3f} / {one.p99_ms:.3f}" if one else "–",
        _rate(streams, base_streams),
        _rate(paced, base_paced, load.EVENTS),
        f"{paced.processor_us / load.EVENTS:,.1f} · {paced.busy:.0%}" if paced else "–",
        f"{_sizes(contender.fresh_mb)} → {_sizes(contender.loaded_mb)}" if contender.fresh_mb else "–",
        f"{contender.running.ready_s:.1f}" if contender.fresh_mb else "–",
        f"{size:.0f}" if size else "–",
    ]


def _sizes(processes_mb: Sequence[float]) -> str:
    return " + ".join(f"{one:.0f}" for one in processes_mb)


def _both(one: Load) -> tuple[float, float]:
    return one.per_s, one.per_processor_s


def _rate(mine: Load | None, base: Load | None, times: int = 1) -> str:
    if mine is None:
        return "–"
    return f"{mine.per_s * times:,.0f}" + (f" ({mine.per_s / base.per_s:.1%})" if base else "")


HEADINGS = [
    "gateway",
    "requests/s, 32 connections (of nginx)",
    "processor µs/request · core used",
    "median / p99 ms, 32 connections",
    "median / p99 ms, 1 connection",
    "streams/s, at once (of nginx)",
    "events/s, one by one (of nginx)",
    "processor µs/event · core used",
    "resident MB of each process, fresh → after load",
    "s to ready",
    "installed MB",
]


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def paced(answer: str) -> Script:
    """A model that says it a token at a time: one Japanese character, or one English word."""
    tokens = re.findall(r"[ -~]+? |[ -~]+|[^ -~]", answer)
    return Script({"content": answer}, [{"content": token} for token in tokens], gap_s=0.02)


def figures(found: Sequence[Contender], gaps_ms: Sequence[float]) -> targets.Figures:
    """What the targets are judged by."""
    named = {contender.name: contender for contender in found}
    return targets.Figures(
        rates={name: _both(value) for name, one in named.items() if (value := one.median("many"))},
        at_once={name: _both(value) for name, one in named.items() if (value := one.median("streams"))},
        one_by_one={name: _both(value) for name, one in named.items() if (value := one.median("paced"))},
        medians_ms={name: value.median_ms for name, one in named.items() if (value := one.median("one"))},
        p99_ms={name: value.p99_ms for name, one in named.items() if (value := one.median("many"))},
        first_ms=named[targets.RULES].first_ms,
        gap_ms=gaps_ms,
        ready_s=named[targets.RULES].running.ready_s,
        resident_mb=named[targets.RULES].loaded_mb[0],
        installed_mb=peers.installed_mb("sekisho"),
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="two short rounds, rough figures")
    options.add_argument("--only", default="nginx,bare,sekisho,litellm,portkey", help="gateways, separated by commas")
    options.add_argument("--rounds", type=int, default=5, choices=range(1, 11))
    options.add_argument("--json", type=Path, help="every single figure goes into this file")
    given = options.parse_args()
    rounds, seconds, times = (2, 1, 1) if given.quick else (given.rounds, 3, 3)
    only = given.only.split(",")
    peers.need_tools("nginx", "wrk", "taskset")
    if "sekisho" in only:
        peers.install_sekisho()
    with Fleet() as fleet, Speaker({number: paced(text) for number, text in enumerate(load.BEGINNINGS)}) as speaker:
        found = contenders(fleet, speaker, only)
        gaps_ms = first_tokens(found, speaker, times)
        measure(found, rounds, seconds)
        yardstick = next((contender for contender in found if contender.name == "nginx"), None)
        print(table(HEADINGS, [row(contender, yardstick) for contender in found]))
        if given.json:
            everything = {
                one.name: {kind: [asdict(load) for load in loads] for kind, loads in one.loads.items()} for one in found
            }
            given.json.write_text(json.dumps(everything, indent=1))
        if "sekisho" not in only:
            return 0
        judged = targets.judge(figures(found, gaps_ms))
        print("\n" + table(["target", "wanted", "measured", ""], [one.row() for one in judged]))
        return 0 if all(one.met for one in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
