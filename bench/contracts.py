"""What a look at the form of an answer costs, what hostile schemas cost at most, how often languages are mistaken.

    python bench/contracts.py [--times 30]

Microseconds of processor time, the median. Answers are lists of orders, of 0.2, 2 and 20 KB; the schema says the type
of each field, a pattern, an enumeration, and that there is nothing else. `jsonschema` is the library, if installed.
Languages: lines without a label of `training/data/`, written as requests to an AI; a line counts as wrong where a
language is told that is not the one of its file. Some hold more of another language than of their own.
"""

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sekisho.core.schema import STEPS, Schema
from sekisho.core.schema_keywords import Exhausted, Run
from sekisho.guards.tongue import tongue
from sekisho.pipeline.strict_json import read

SIZES = (200, 2_000, 20_000)  # bytes
ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
        "state": {"enum": ["受付", "発送", "完了"]},
        "count": {"type": "integer", "minimum": 1, "maximum": 999},
        "note": {"type": ["string", "null"], "maxLength": 200},
    },
    "required": ["id", "state", "count"],
    "additionalProperties": False,
}
ORDERS = {"type": "object", "properties": {"orders": {"type": "array", "items": ORDER}}, "required": ["orders"]}
DOUBLING = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(60)} | {"d60": {"type": "string"}}
HOSTILE = {
    "allOf that doubles 60 times": ({"$ref": "#/$defs/d0", "$defs": DOUBLING}, "a"),
    "references in a circle": ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, 1),
    "100,000 items, all different": ({"uniqueItems": True}, [{"a": [n]} for n in range(100_000)]),
    "50 patterns, 100,000 names": (
        {"patternProperties": {f"a{n}": {} for n in range(50)}},
        {f"b{n}": 1 for n in range(100_000)},
    ),
    "a pattern of many states, long texts": ({"items": {"pattern": "[a-z]{0,900}9"}}, ["ab" * 10_000 + "9"] * 20),
    "whole numbers of 4,200 digits": ({"anyOf": [{"enum": [1]}] * 4_000}, [10**4_200] * 50),
}
DATA = Path(__file__).parents[1] / "training" / "data"
LINES = {
    "ja": ("neutral-ordinary-ja.jsonl", "neutral-3-ja.jsonl"),
    "en": ("neutral-ordinary-en.jsonl", "neutral-3-en.jsonl"),
    "zh, ko, other": ("attack-other-5.jsonl",),
}


def answer(size: int) -> str:
    """Orders as JSON, of at least so many bytes."""
    orders: list[object] = []
    text = ""
    while len(text.encode()) < size:
        number = len(orders)
        orders.append(
            {"id": f"AB-{number:04}", "state": "発送", "count": number % 99 + 1, "note": "玄関に置いてください。"}
        )
        text = json.dumps({"orders": orders}, ensure_ascii=False)
    return text


def cost(work: Callable[[], object], times: int) -> float:
    """Microseconds of processor time."""
    work()
    taken: list[int] = []
    for _ in range(times):
        started = time.process_time_ns()
        work()
        taken.append(time.process_time_ns() - started)
    return statistics.median(taken) / 1_000


def checks(times: int) -> None:
    """Prints what it costs to look at answers."""
    schema = Schema(ORDERS)
    print("| answer | read as JSON | fits the schema | language |")
    print("|---|---:|---:|---:|")
    for size in SIZES:
        text = answer(size)
        value = read(text)
        if schema.breach(value, Run(STEPS)) is not None:
            raise SystemExit("the answer does not fit")
        figures = (
            cost(lambda text=text: read(text), times),
            cost(lambda value=value: schema.breach(value, Run(STEPS)), times),
            cost(lambda text=text: tongue(text), times),
        )
        print(f"| {size / 1000:g} KB | {' | '.join(f'{figure:,.0f} µs' for figure in figures)} |")
    print(f"\nTo make the schema ready: {cost(lambda: Schema(ORDERS), times):,.0f} µs.")
    beside(times)


def beside(times: int) -> None:
    """Prints what the library takes for the same."""
    try:
        import jsonschema  # noqa: PLC0415 - it may be missing
    except ImportError:
        return
    validator = jsonschema.Draft202012Validator(ORDERS)
    values = [read(answer(size)) for size in SIZES]
    figures = [cost(lambda value=value: validator.is_valid(value), times) for value in values]
    print(f"The library jsonschema, which bounds nothing: {', '.join(f'{figure:,.0f} µs' for figure in figures)}.\n")


def hostile() -> None:
    """Prints what schemas cost that would take for ever."""
    print("| schema and value | ends after |")
    print("|---|---:|")
    for name, (document, value) in HOSTILE.items():
        schema = Schema(document)
        started = time.process_time()
        try:
            schema.breach(value, Run(STEPS))
            raise SystemExit(f"{name}: it did not end as it should")
        except Exhausted:
            print(f"| {name} | {(time.process_time() - started) * 1_000:,.0f} ms |")
    print()


def languages() -> None:
    """Prints how languages are told."""
    print("| lines of | in all | told right | in no language | told wrong |")
    print("|---|---:|---:|---:|---:|")
    for language, files in LINES.items():
        told: Counter[str] = Counter()
        for file in files:
            lines = map(json.loads, (DATA / file).read_text("utf-8").splitlines())
            told.update(tongue(line["text"]) for line in lines if not line["labels"])
        right = sum(told[one] for one in language.split(", "))
        wrong = told.total() - right - told[""]
        print(f"| {language} | {told.total():,} | {right:,} | {told['']:,} | {wrong:,} |")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--times", type=int, default=30)
    arguments = parser.parse_args()
    checks(arguments.times)
    hostile()
    languages()


if __name__ == "__main__":
    main()
