"""`sekisho eval`: measures this installation on items that nothing was trained on."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from sekisho.cli.options import CONFIG, LANGUAGE
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import load

if TYPE_CHECKING:
    from sekisho.evaluation.guards import Row

HEADINGS: dict[Language, tuple[str, ...]] = {
    "ja": (
        *("セット", "件数(該当/無害)", "適合率", "再現率", "F1", "AUC", "再現率(誤検出1%)"),
        *("無害への誤検出", "紛らわしい無害への誤検出", "µs/KB"),
    ),
    "en": (
        *("set", "items (with/without)", "precision", "recall", "F1", "AUC", "recall at 1 % false"),
        *("harmless touched", "hard ones touched", "µs/KB"),
    ),
}
NOTE: Bilingual = {
    "ja": """角括弧は95%区間です。しきい値は0.5です。場所を問うセット(個人情報・秘密)では、
長い方の80%以上が重なれば一致とします。""",
    "en": """In brackets: 95 % intervals. Threshold 0.5; where a set is about places (personal data, secrets), two spans
agree when they share 80 % of the longer one.""",
}


@click.group(name="eval")
def eval() -> None:  # noqa: A001 - the command's name
    """Measures guards (検査の精度を測ります)."""


@eval.command(name="guards")
@click.argument("names", metavar="[SET]...", nargs=-1)
@click.option("--guards", help="Guards to ask, separated by commas; those of the settings by default.")
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Directory of your own sets."
)
@click.option("--categories", is_flag=True, help="Also a line for each category.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@CONFIG
@LANGUAGE
def measure_guards(
    names: tuple[str, ...],
    data: Path | None,
    categories: bool,
    as_json: bool,
    config: Path | None,
    language: Language,
    **flags: Any,
) -> None:
    """Precision, recall and speed of the guards on the built-in benchmark (同梱のベンチマークで精度を測ります)."""
    from sekisho.evaluation import guards, items
    from sekisho.server.services import inspector_of

    settings = load(config, **flags)
    inspector = inspector_of(settings.guards, settings.guard_budget_s)
    rows = guards.run(inspector, items.sets(data or items.BUILT_IN, names))
    if as_json:
        for row in rows:
            click.echo(orjson.dumps(asdict(row)))
        return
    click.echo(_table(rows, language))
    click.echo(f"\n{NOTE[language]}")
    if categories:
        for row in rows:
            click.echo(f"\n{row.name}")
            for name, figure in row.by_category.items():
                click.echo(f"  {name}: {figure}")


def _table(rows: "list[Row]", language: Language) -> str:
    lines = [HEADINGS[language], ("---",) * len(HEADINGS[language]), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: "Row") -> tuple[str, ...]:
    figures = (row.precision, row.recall, row.f1, row.auc, row.recall_1, row.touched, row.touched_hard)
    return (row.name, f"{row.positive}/{row.negative}", *map(str, figures), f"{row.us_per_kb:.0f}")
