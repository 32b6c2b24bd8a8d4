"""`sekisho profile tune`: proposes a threshold from labelled examples, and changes nothing."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from sekisho.cli.options import CONFIG, LANGUAGE, PATIENT_S
from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.language import Language
from sekisho.core.settings import load
from sekisho.policy.load import Profiles

if TYPE_CHECKING:
    from sekisho.evaluation.tune import Point, Target, Tuning

SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)
MAX_FALSE = 0.05


@click.command("tune")
@click.argument("name", metavar="PROFILE")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), default="entry", show_default=True)
@click.option(
    "--category", "--area", help="What to tune, e.g. harm or attack.injection; the examples' only area if left out."
)
@click.option("--max-false", type=SHARE, help=f"Stop at most this share of harmless texts.  [default: {MAX_FALSE}]")
@click.option("--min-caught", type=SHARE, help="Instead: stop at least this share of harmful texts.")
@click.option("--guards", help="Guards to use, separated by commas; those in the settings by default.")
@click.option("--profiles", metavar="DIR,…", help="Directories with more profiles.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Also draw the curve into this file.")
@CONFIG
@LANGUAGE
def tune(name: str, file: Path, as_json: bool, svg: Path | None, language: Language, **given: Any) -> None:
    """Proposes a threshold of PROFILE from the labelled examples in FILE; changes nothing (しきい値を提案します).

    FILE is JSON Lines (text, labels, and where they matter stage and source) or CSV (text,label).
    """
    target = _target(given.pop("max_false"), given.pop("min_caught"))
    tuning = _tuning(name, file, target, given)
    if svg is not None:
        from sekisho.evaluation.tune_chart import curve

        try:
            svg.write_text(curve(tuning, language), "utf-8")
        except OSError as fault:
            raise ConfigurationError(where="--svg", what=str(fault)) from fault
    if as_json:
        click.echo(orjson.dumps(_json(tuning)))
        return
    from sekisho.cli.tuned import told

    click.echo(told(tuning, file.name, language))


def _target(max_false: float | None, min_caught: float | None) -> "Target":
    from sekisho.evaluation.tune import Target

    if max_false is not None and min_caught is not None:
        raise click.UsageError("--max-false and --min-caught exclude each other")
    if min_caught is not None:
        return Target("min_caught", min_caught)
    return Target("max_false", MAX_FALSE if max_false is None else max_false)


def _tuning(name: str, file: Path, target: "Target", given: dict[str, Any]) -> "Tuning":
    from sekisho.evaluation.examples import area_of, examples, named
    from sekisho.evaluation.guards import see
    from sekisho.evaluation.tune import Question, tune
    from sekisho.server.services import inspector_of

    settings = load(given["config"], guards=given["guards"], profiles=given["profiles"])
    profile = Profiles([Path(directory).expanduser() for directory in settings.profiles]).get(name)
    stage = Stage(given["stage"])
    category = named(given["category"]) if given["category"] else ""
    items = examples(file, stage, category)
    question = Question(profile, stage, category or area_of(items))
    inspector = inspector_of(settings.guards, max(settings.guard_budget_s, PATIENT_S), growing=False)
    return tune(question, target, items, lambda half: see(inspector, half))


def _json(tuning: "Tuning") -> dict[str, Any]:
    from sekisho.cli.tuned import lines_of

    question, proposed = tuning.question, tuning.proposed
    return {
        "profile": question.profile.name,
        "stage": question.stage.value,
        "category": question.category,
        "target": asdict(tuning.target),
        "examples": {
            "chose": {"harmful": len(tuning.chosen.harmful), "harmless": len(tuning.chosen.harmless)},
            "judged": {"harmful": len(tuning.judged.harmful), "harmless": len(tuning.judged.harmless)},
            "left_out": tuning.left_out,
            "by_source": tuning.by_source,
        },
        "today": [_point(point) for point in tuning.today],
        "curve": [_point(point) for point in tuning.judged.curve],
        "proposed": None if proposed is None else _point(tuning.judged.at(proposed)),
        "outcome": tuning.outcome,
        "needed": tuning.needed,
        "needed_at_this_rate": tuning.needed_at_this_rate,
        "yaml": lines_of(tuning),
    }


def _point(point: "Point") -> dict[str, Any]:
    return {"threshold": point.threshold, "caught": asdict(point.caught), "stopped": asdict(point.stopped)}
