"""Counts how often short texts stand in ordinary ones, for the choice of factors (guards/frequencies.py).

    python training/frequencies.py

Reads the harmless lines of training/data/neutral*.jsonl, English and Japanese ones apart, and writes
src/sekisho/guards/frequencies.txt: each text of one to three characters, folded as the gate folds texts, that begins at
one character in ten thousand or more, and at how many of a million. Of both languages the larger number counts.
"""

import json
import re
from collections import Counter
from pathlib import Path

from sekisho.core.normalise import normalise
from sekisho.guards.factors import folded
from sekisho.guards.frequencies import LEAST, LONGEST, TABLE

DATA = Path(__file__).with_name("data")
_JAPANESE = re.compile("[ぁ-ヿ一-鿿]")


def counted(texts: list[str]) -> dict[str, float]:
    """Of each short text, at how many of all characters it begins."""
    counts: Counter[str] = Counter()
    for text in texts:
        for size in range(1, LONGEST + 1):
            counts.update(text[at : at + size] for at in range(len(text) - size + 1))
    characters = sum(map(len, texts))
    return {text: count / characters for text, count in counts.items() if count / characters >= LEAST}


def main() -> None:
    """Writes the table."""
    lines = [json.loads(line) for path in sorted(DATA.glob("neutral*.jsonl")) for line in path.open(encoding="utf-8")]
    texts = [folded(normalise(line["text"])) for line in lines if not line["labels"]]
    japanese = [text for text in texts if _JAPANESE.search(text)]
    english = [text for text in texts if not _JAPANESE.search(text)]
    tables = [counted(english), counted(japanese)]
    both = {text: max(table.get(text, 0.0) for table in tables) for table in tables for text in table}
    TABLE.write_text("".join(f"{text}\t{1e6 * both[text]:.0f}\n" for text in sorted(both)), "utf-8")
    print(
        f"{len(both)} texts, of {sum(map(len, english)):,} English and {sum(map(len, japanese)):,} Japanese characters"
    )


if __name__ == "__main__":
    main()
