"""Checks the lines of the training data: form, known categories, no two alike.

python training/check.py training/data/*.jsonl
"""

import json
import sys
from collections import Counter
from pathlib import Path

from sekisho.policy.taxonomy import taxonomy

STAGES = ("entry", "source", "action", "exit")
MEMBERS = {"text", "labels", "stage", "pair", "note"}


def faults(path: Path, seen: dict[str, str]) -> list[str]:
    """What is wrong in a file. `seen`: texts of all files so far and where they stand."""
    found: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        place = f"{path.name}:{number}"
        try:
            item = json.loads(line)
            text, labels = item["text"], item["labels"]
        except (ValueError, KeyError, TypeError) as fault:
            found.append(f"{place}: {fault!r}")
            continue
        if set(item) - MEMBERS or item.get("stage", "entry") not in STAGES or not text.strip():
            found.append(f"{place}: unknown members, unknown stage or no text")
        found += [f"{place}: no category {label}" for label in labels if label not in taxonomy()]
        key = "".join(text.split()).lower()
        if key in seen:
            found.append(f"{place}: the same text as {seen[key]}")
        seen[key] = place
    return found


def main() -> int:
    """Prints what is wrong and how many lines there are of each category; 1 if anything is wrong."""
    seen: dict[str, str] = {}
    wrong: list[str] = []
    for name in sys.argv[1:]:
        path = Path(name)
        wrong += faults(path, seen)
        items = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        counts = Counter(label for item in items for label in item["labels"] or ["(harmless)"])
        openings = Counter(item["text"][:8] for item in items).most_common(3)
        print(f"{path.name}: {len(items)} lines; {dict(counts)}; most frequent openings: {openings}")
    print("\n".join(wrong[:40]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
