"""`sekisho check`: what a profile says of texts, without a server and without a model."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import orjson

from sekisho.cli.options import CONFIG, LANGUAGE, PATIENT_S
from sekisho.core.errors import UnreadableBody
from sekisho.core.exchange import Stage
from sekisho.core.language import Language
from sekisho.core.settings import Settings, load
from sekisho.core.verdict import Verdict
from sekisho.pipeline.check import Checked, Checker
from sekisho.policy import notices
from sekisho.policy.load import Profiles
from sekisho.policy.outcomes import WOULD
from sekisho.policy.profile import Profile
from sekisho.policy.taxonomy import title

FLOOR = 0.3  # a score below it is told in JSON only where something follows from it, or where all is asked for


class Line(msgspec.Struct, frozen=True):
    """One line of `--jsonl`."""

    text: str
    id: str | int | None = None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option(
    "--jsonl",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='File; each line is {"id","text"}.',
)
@click.option("--profile", help="Profile; the one in the settings by default.")
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), default="entry", show_default=True)
@click.option("--all", "everything", is_flag=True, help="In JSON, also show scores below 0.3 that no rule reacts to.")
@click.option("--guards", help="Guards to use, separated by commas; those in the settings by default.")
@CONFIG
@LANGUAGE
def check(
    as_json: bool,
    everything: bool,
    jsonl: Path | None,
    stage: str,
    config: Path | None,
    language: Language,
    **flags: Any,
) -> None:
    """Inspects a text on standard input, or each line of a file (文章を検査します).

    Offsets count code points. A character that is not UTF-8 counts as one. Findings with a
    score below 0.5 that no rule reacts to are only shown in JSON, and there from 0.3 on; --all shows all of them.
    """
    settings = load(config, **flags)
    checking = _Checking.of(settings, Stage(stage), language)
    for number, text in _texts(jsonl):
        checked = asyncio.run(checking.check(text))
        if as_json or jsonl is not None:
            sys.stdout.buffer.write(_json(number, checked, FLOOR if not everything else 0.0) + b"\n")
        else:
            click.echo(_told(checked, checking.profile, language))


class _Checking:
    def __init__(self, checker: Checker, stage: Stage, profile: Profile, language: Language) -> None:
        self._checker = checker
        self._stage = stage
        self.profile = profile
        self._language: Language = language

    @classmethod
    def of(cls, settings: Settings, stage: Stage, language: Language) -> "_Checking":
        from sekisho.server.services import inspector_of

        profiles = Profiles([Path(directory).expanduser() for directory in settings.profiles])
        budget_s = max(settings.guard_budget_s, PATIENT_S)
        inspector = inspector_of(settings.guards, budget_s, profiles=profiles.all, growing=False)
        return cls(Checker(inspector), stage, profiles.get(settings.profile), language)

    async def check(self, text: str) -> Checked:
        return await self._checker.check(text, self._stage, self.profile, self._language)


def _texts(jsonl: Path | None) -> Iterator[tuple[str | int | None, str]]:
    if jsonl is None:
        yield None, sys.stdin.buffer.read().decode("utf-8", "replace")
        return
    with jsonl.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    one = msgspec.json.decode(line, type=Line)
                except (msgspec.DecodeError, UnicodeDecodeError) as fault:
                    raise UnreadableBody(why=f"{jsonl.name}, line {number}: {fault}") from fault
                yield one.id, one.text


def _json(number: str | int | None, checked: Checked, floor: float) -> bytes:
    """One line. A score below `floor` from which nothing follows is left out: guards give a small one to any text."""
    findings = [
        {
            "guard": one.finding.guard,
            "category": one.finding.category,
            "score": round(one.finding.score, 4),
            "start": one.finding.start,
            "end": one.finding.end,
            "verdict": one.verdict.word,
            "rule": one.rule,
            "note": one.finding.note,
        }
        for one in checked.judged
        if one.verdict is not Verdict.PASS or one.finding.score >= floor
    ]
    told: dict[str, Any] = {
        "id": number,
        "verdict": checked.verdict.word,
        "findings": findings,
        "masked": checked.masked,
    }
    try:
        return orjson.dumps(told)
    except orjson.JSONEncodeError:  # lone surrogates, which JSON's \\u escapes can bring in
        return orjson.dumps({**told, "masked": checked.masked.encode("utf-8", "replace").decode()})


def _told(checked: Checked, profile: Profile, language: Language) -> str:
    lines = [f"{checked.verdict.word}: {WOULD[checked.verdict.word][language]}"]
    counting = [one for one in checked.judged if one.counts]
    for one in counting:
        found = one.finding
        where = f"{found.start}–{found.end}"
        lines.append(f"  {where}  {title(found.category, language)} ({found.category}, {found.score:.2f})  {one.rule}")
    if counting:
        lines += ["", checked.masked.rstrip("\n")]
        notice = notices.masked(profile, checked.judged, language)
        lines += ["", notice] if notice else []
    return "\n".join(lines)
