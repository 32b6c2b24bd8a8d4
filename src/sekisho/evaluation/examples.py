"""Labelled examples of one's own, from JSON Lines or a table."""

import csv
import io
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.evaluation.items import Item, known, read
from sekisho.policy.taxonomy import lineage, taxonomy

HARMLESS = ("", "0", "false", "harmless", "無害")
HARMFUL = ("1", "true", "harmful", "有害")


def examples(path: Path, stage: Stage, category: str) -> Sequence[Item]:
    """The items of a file: CSV where its name ends in `.csv`, else JSON Lines.

    A table has the columns `text` and `label`, and may have `id`, `stage` and `source`. A label is a category, several
    separated by spaces, nothing (or 0, harmless, 無害), or 1 (harmful, 有害), which stands for `category`.
    `stage` is that of examples that name none. Raises `ConfigurationError` with the line that does not fit.
    """
    return _table(path, stage, category) if path.suffix.lower() == ".csv" else read(path, stage).items


def area_of(items: Sequence[Item]) -> str:
    """The one area of all labels, e.g. `harm`. Raises `ConfigurationError` where there are none or several."""
    areas = sorted({label.split(".")[0] for item in items for label in item.labels})
    if len(areas) != 1:
        raise ConfigurationError(
            where="--category",
            what={
                "ja": f"何を調整するかを指定してください。ラベルにある領域: {', '.join(areas) or '-'}",
                "en": f"must name what to tune; labelled: {', '.join(areas) or '-'}",
            },
        )
    return areas[0]


def named(category: str) -> str:
    """The category as it is. Raises `ConfigurationError` where the taxonomy has none of that name."""
    if category not in taxonomy():
        near = get_close_matches(category, taxonomy(), n=1, cutoff=0.5)
        what = {
            "ja": f"`{category[:80]}` という分類はありません" + (f"(`{near[0]}` ですか?)" if near else ""),
            "en": f"no category `{category[:80]}`" + (f"; did you mean `{near[0]}`?" if near else ""),
        }
        raise ConfigurationError(where="--category", what=what)
    return category


def within(label: str, category: str) -> bool:
    """Whether a label is the category, or a kind of it."""
    return category in lineage(label)


def _table(path: Path, stage: Stage, category: str) -> list[Item]:
    try:
        lines = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), strict=True)
        missing = sorted({"text", "label"} - set(lines.fieldnames or ()))
        if missing:
            raise ConfigurationError(
                where=path.name, what={"ja": f"列 {missing[0]} がありません", "en": f"has no column {missing[0]}"}
            )
        return [_item(path, number, line, stage, category) for number, line in enumerate(lines, 2)]
    except (UnicodeDecodeError, csv.Error) as fault:
        raise ConfigurationError(where=path.name, what=str(fault)) from fault


def _item(path: Path, number: int, line: dict[str, str | None], stage: Stage, category: str) -> Item:
    try:
        labels = _labels(line.get("label") or "", category)
        named = Stage(line["stage"]) if line.get("stage") else stage
    except ValueError as fault:
        raise ConfigurationError(where=f"{path.name}, row {number}", what=str(fault)) from fault
    return Item(
        line.get("id") or str(number),
        line["text"] or "",
        labels,
        (),
        named,
        hard=False,
        source=line.get("source") or "",
    )


def _labels(label: str, category: str) -> frozenset[str]:
    word = label.strip()
    if word.lower() in HARMLESS:
        return frozenset()
    if word.lower() in HARMFUL:
        if not category:
            raise ValueError("this label stands for a category that --category must name")
        return known([category])
    return known(word.split())
