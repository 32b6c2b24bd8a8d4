"""`sekisho eval`: measures this installation on items that nothing was trained on."""

import asyncio
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import orjson

from sekisho.cli.options import CONFIG, LANGUAGE, PATIENT_S
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.evaluation.asking import Asking
    from sekisho.evaluation.guards import Row, Seen, Tier
    from sekisho.evaluation.items import ItemSet

HEADINGS: dict[Language, tuple[str, ...]] = {
    "ja": (
        *("セット", "件数(該当/無害)", "適合率", "再現率", "F1", "AUC", "再現率(誤検出1%)"),
        *("無害への誤検出", "紛らわしい無害への誤検出", "二番目の判定", "µs/KB"),
    ),
    "en": (
        *("set", "items (with/without)", "precision", "recall", "F1", "AUC", "recall at 1 % false"),
        *("harmless touched", "hard ones touched", "second opinion asked", "µs/KB"),
    ),
}
BY_MODELS: dict[Language, tuple[str, ...]] = {
    "ja": ("モデルのガードに尋ねた割合", "答えまでの秒数(中央値)", "ガードが失敗した割合"),
    "en": ("model guards asked", "seconds to their answer (median)", "a guard failed"),
}
FAILED: Bilingual = {
    "ja": "ガードが失敗した文章は、最後の列で数え、ほかの列には含めません。",
    "en": "Texts on which a guard failed count in the last column and in no other.",
}
NO_JUDGE: Bilingual = {
    "ja": "設定 model_guards にモデルのガードがないか、--guards に挙げられていません",
    "en": "the setting model_guards names no model guard, or --guards leaves it out",
}
NOTE: Bilingual = {
    "ja": """角括弧は95%区間です。しきい値は0.5です。場所を問うセット(個人情報・秘密)では、
長い方の80%以上が重なれば一致とします。""",
    "en": """In brackets: 95 % intervals. Threshold 0.5; where a set is about places (personal data, secrets), two spans
agree when they share 80 % of the longer one.""",
}
MACRO: Bilingual = {"ja": "マクロF1(分類まで正しいもの)", "en": "macro F1 (the category named rightly)"}
CALIBRATION: Bilingual = {
    "ja": "期待較正誤差(スコアと、正しかった割合との差の平均。見つけたものだけを数えます。括弧は件数)",
    "en": "Expected calibration error (scores against the share that is right; in brackets, how much was found)",
}


@click.group(name="eval")
def eval() -> None:  # noqa: A001 - the command's name
    """Measures guards (検査の精度を測ります)."""


@eval.command(name="guards")
@click.argument("names", metavar="[SET]...", nargs=-1)
@click.option(
    "--guards", help="Guards to use, model guards too, separated by commas; those in the settings by default."
)
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Directory with your own data."
)
@click.option(
    "--tier",
    type=click.Choice(("first", "second", "third", "all")),
    default="all",
    help="First opinions alone, the second one on the intent of every text, or model guards alone on every text.",
)
@click.option(
    "--profile", help="Profile whose band says when model guards are asked; the one in the settings by default."
)
@click.option(
    "--limit", type=click.IntRange(min=2), help="Measure about this many texts of each set, always the same ones."
)
@click.option("--categories", is_flag=True, help="Also show a line for each category.")
@click.option("--peers", is_flag=True, help="Also measure similar packages that are installed.")
@click.option(
    "--reliability",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw into this file how often scores were right.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@CONFIG
@LANGUAGE
def measure_guards(
    names: tuple[str, ...],
    data: Path | None,
    config: Path | None,
    language: Language,
    peers: bool,
    reliability: Path | None,
    **given: Any,
) -> None:
    """Precision, recall and speed of the guards on the built-in benchmark (同梱のベンチマークで精度を測ります)."""
    from sekisho.evaluation import items

    settings = _chosen(load(config, profile=given["profile"]), given["guards"])
    sets = [items.drawn(one, given["limit"]) for one in items.sets(data or items.BUILT_IN, names)]
    measured = asyncio.run(_measured(settings, given["tier"], sets))
    rows = [row for row, _ in measured]
    told = _reliability(sets, [seen for _, seen in measured], reliability, language) if reliability else ""
    if peers:
        rows += _rows_of_peers(sets)
    if given["as_json"]:
        for row in rows:
            click.echo(orjson.dumps(asdict(row)))
        return
    click.echo(_table(rows, language))
    click.echo(f"\n{NOTE[language]}{_on_failures(rows, language)}{told}")
    if given["categories"]:
        for row in rows:
            click.echo(f"\n{row.name}")
            for name, figure in row.by_category.items():
                click.echo(f"  {name}: {figure}")
            if not math.isnan(row.macro_f1.value):
                click.echo(f"  {MACRO[language]}: {row.macro_f1}")


def _chosen(settings: Settings, names: str | None) -> Settings:
    """The settings with the guards that are named, model guards among them, where any are."""
    if names is None:
        return settings
    named = [name.strip() for name in names.split(",") if name.strip()]
    judges = [one for one in settings.model_guards if one.name in named]
    others = [name for name in named if all(name != one.name for one in judges)]
    return msgspec.structs.replace(settings, guards=others, model_guards=judges)


def _asking(settings: Settings, tier: "Tier") -> "Asking | None":
    """How model guards are asked in this tier; None: not at all. Raises `ConfigurationError` where there is none."""
    from sekisho.evaluation.asking import Asking
    from sekisho.policy.load import Profiles

    if tier == "third" and not settings.model_guards:
        raise ConfigurationError(where="--tier", what=NO_JUDGE)
    profile = Profiles([Path(name).expanduser() for name in settings.profiles]).get(settings.profile)
    asked = settings.model_guards and tier in ("third", "all")
    return Asking(profile, alone=tier == "third") if asked else None


async def _measured(settings: Settings, tier: "Tier", sets: "list[ItemSet]") -> "list[tuple[Row, Sequence[Seen]]]":
    from sekisho.evaluation import guards
    from sekisho.guards import protocol
    from sekisho.guards.inspector import Inspector

    loaded = guards.in_tier(protocol.load(settings.guards), tier)
    budget_s = max(settings.guard_budget_s, PATIENT_S)
    asking = _asking(settings, tier)
    if asking is None:
        return await guards.run(Inspector(loaded, budget_s=budget_s, growing=False), sets)

    from sekisho.cli.judges import panel_of

    async with panel_of(settings) as panel:
        return await guards.run(Inspector(loaded, budget_s=budget_s, panel=panel, growing=False), sets, asking)


def _rows_of_peers(sets: "list[ItemSet]") -> "list[Row]":
    from sekisho.evaluation import peers

    return [row for peer in peers.installed() for row in peers.rows(peer, sets)]


def _reliability(sets: "list[ItemSet]", seen: "list[Sequence[Seen]]", file: Path, language: Language) -> str:
    """Draws the diagram; gives the calibration error of each set in words."""
    from sekisho.evaluation import reliability

    claims = [reliability.claims(*one) for one in zip(sets, seen, strict=True)]
    try:
        file.write_text(reliability.diagram([one for each in claims for one in each], language), "utf-8")
    except OSError as fault:
        raise ConfigurationError(where="--reliability", what=str(fault)) from fault
    lines = [f"  {one.name}: {reliability.error(each)} ({len(each)})" for one, each in zip(sets, claims, strict=True)]
    return "\n".join(["", "", CALIBRATION[language], *lines])


def _table(rows: "list[Row]", language: Language) -> str:
    wide = any(not math.isnan(row.model_asked.value) or row.failed.value > 0 for row in rows)
    headings = HEADINGS[language] + (BY_MODELS[language] if wide else ())
    lines = [headings, ("---",) * len(headings), *(_cells(row) + (_of_models(row) if wide else ()) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _on_failures(rows: "list[Row]", language: Language) -> str:
    return f"\n{FAILED[language]}" if any(row.failed.value > 0 for row in rows) else ""


def _cells(row: "Row") -> tuple[str, ...]:
    figures = (row.precision, row.recall, row.f1, row.auc, row.recall_1, row.touched, row.touched_hard, row.asked)
    return (row.name, f"{row.positive}/{row.negative}", *map(str, figures), f"{row.us_per_kb:.0f}")


def _of_models(row: "Row") -> tuple[str, ...]:
    return str(row.model_asked), "–" if math.isnan(row.model_s) else f"{row.model_s:.2f}", str(row.failed)
