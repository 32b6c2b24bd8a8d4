"""The targets for the gateway, and whether the figures of one run meet them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

RULES, UNSYNCED, ALL = "Sekisho, rules", "Sekisho, rules, no sync", "Sekisho, all default guards"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured, by the name of the gateway. Medians of all rounds.

    Attributes:
        rates: whole answers at 32 connections, per second and per second of the gateway's processor time.
        at_once, one_by_one: the same of streams, which all have the same number of events; those of the one come at
            once, as one file, those of the other as models send them.
        medians_ms: of a request at one connection.
        p99_ms: of a request at 32 connections.
        first_ms, gap_ms: of each answer, how much later its first token comes through Sekisho than from the model
            directly, and the time between the first two tokens of that model.
        resident_mb: of the process that serves; the one for look-ups is another, whatever the number of workers.
    """

    rates: Mapping[str, tuple[float, float]]
    at_once: Mapping[str, tuple[float, float]]
    one_by_one: Mapping[str, tuple[float, float]]
    medians_ms: Mapping[str, float]
    p99_ms: Mapping[str, float]
    first_ms: Sequence[float]
    gap_ms: Sequence[float]
    ready_s: float
    resident_mb: float
    installed_mb: float


@dataclass(frozen=True, slots=True)
class Target:
    """One target, judged."""

    name: str
    wanted: str
    measured: str
    met: bool

    def row(self) -> list[str]:
        """A line of the table."""
        return [self.name, self.wanted, self.measured, "met" if self.met else "**not met**"]


def judge(figures: Figures) -> list[Target]:
    """Every target whose figures were measured.

    A ratio of rates is met when the ratio of answers per second of processor time meets it too: where other work
    keeps the mock or wrk from filling the faster gateway, the rates alone flatter the slower one.
    """
    at_least = [
        ("requests/s of nginx", RULES, figures.rates, "nginx", 0.10),
        ("requests/s of LiteLLM", RULES, figures.rates, "LiteLLM", 80.0),
        ("requests/s of Portkey", RULES, figures.rates, "Portkey", 15.0),
        ("events/s of nginx, one by one", RULES, figures.one_by_one, "nginx", 0.25),
        ("events/s of nginx, at once", RULES, figures.at_once, "nginx", 0.25),
        ("events/s of LiteLLM, one by one", RULES, figures.one_by_one, "LiteLLM", 60.0),
        ("events/s of LiteLLM, at once", RULES, figures.at_once, "LiteLLM", 60.0),
        ("requests/s of nginx", ALL, figures.rates, "nginx", 0.015),
        ("requests/s of LiteLLM", ALL, figures.rates, "LiteLLM", 8.0),
        ("requests/s of Portkey", ALL, figures.rates, "Portkey", 1.0),
    ]
    judged = [
        _ratio(f"{mine}: {name}", of[mine], of[peer], wanted) for name, mine, of, peer, wanted in at_least if peer in of
    ]
    direct = figures.medians_ms["the mock itself"]
    most = [
        ("added median at 1 connection", figures.medians_ms[RULES] - direct, 1.5, "ms"),
        ("the same without durable commit", figures.medians_ms[UNSYNCED] - direct, 0.4, "ms"),
        ("p99 at 32 connections", figures.p99_ms[RULES], 20.0, "ms"),
        ("added time to first token, of half of the answers", median(figures.first_ms), median(figures.gap_ms), "ms"),
        ("the same, of nine in ten", quantiles(figures.first_ms, n=10)[8], median(figures.gap_ms), "ms"),
        ("ready", figures.ready_s, 2.0, "s"),
        ("resident after load, the worker", figures.resident_mb, 100.0, "MB"),
        ("installed", figures.installed_mb, 150.0, "MB"),
    ]
    return judged + [
        Target(name, f"≤ {limit:g} {unit}", f"{value:.3g} {unit}", value <= limit) for name, value, limit, unit in most
    ]


def _ratio(name: str, mine: tuple[float, float], theirs: tuple[float, float], wanted: float) -> Target:
    rate, processor = mine[0] / theirs[0], mine[1] / theirs[1]
    met = rate >= wanted and processor >= wanted
    if wanted < 1:
        return Target(name, f"≥ {wanted:.1%}", f"{rate:.1%} ({processor:.1%} by processor time)", met)
    return Target(name, f"≥ {wanted:g} ×", f"{rate:.1f} × ({processor:.1f} × by processor time)", met)
