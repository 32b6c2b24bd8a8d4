"""`sekisho eval`: measures this installation on items that nothing was trained on."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from sekisho.cli.options import CONFIG, LANGUAGE, PATIENT_S
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.evaluation.guards import Row, Seen
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
@click.option("--guards", help="Guards to use, separated by commas; those in the settings by default.")
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Directory with your own data."
)
@click.option(
    "--tier",
    type=click.Choice(("first", "second", "all")),
    default="all",
    help="Ask for intent the linear models alone, or the second opinion about every text.",
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
    from sekisho.evaluation import guards, items
    from sekisho.guards import protocol
    from sekisho.guards.inspector import Inspector

    settings = load(config, guards=given["guards"])
    asked = guards.in_tier(protocol.load(settings.guards), given["tier"])
    inspector = Inspector(asked, budget_s=max(settings.guard_budget_s, PATIENT_S), growing=False)
    sets = items.sets(data or items.BUILT_IN, names)
    measured = guards.run(inspector, sets)
    rows = [row for row, _ in measured]
    told = _reliability(sets, [seen for _, seen in measured], reliability, language) if reliability else ""
    if peers:
        rows += _rows_of_peers(sets)
    if given["as_json"]:
        for row in rows:
            click.echo(orjson.dumps(asdict(row)))
        return
    click.echo(_table(rows, language))
    click.echo(f"\n{NOTE[language]}{told}")
    if given["categories"]:
        for row in rows:
            click.echo(f"\n{row.name}")
            for name, figure in row.by_category.items():
                click.echo(f"  {name}: {figure}")
            if not math.isnan(row.macro_f1.value):
                click.echo(f"  {MACRO[language]}: {row.macro_f1}")


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
    lines = [HEADINGS[language], ("---",) * len(HEADINGS[language]), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: "Row") -> tuple[str, ...]:
    figures = (row.precision, row.recall, row.f1, row.auc, row.recall_1, row.touched, row.touched_hard, row.asked)
    return (row.name, f"{row.positive}/{row.negative}", *map(str, figures), f"{row.us_per_kb:.0f}")
