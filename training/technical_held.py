"""How many descriptions and modules of programs are taken for attacks: `python training/technical_held.py`.

Reads what is installed where it runs, without what is in training (`public/technical.jsonl`): descriptions of packages
and Python's own modules. None of it is an attack. Each is shown as far as 1,500 and 6,000 code points.
"""

import json
import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

from sekisho.core.normalise import normalise
from sekisho.evaluation.metrics import proportion
from sekisho.guards import linear

KNOWN = Path(__file__).parent / "public" / "technical.jsonl"
WEIGHTS = Path(linear.__file__).with_name("linear.npz")
AREAS = ("attack", "harm")
LENGTHS = (1500, 6000)
SHORTEST = 1200
STEP = 2  # every second module of Python is in training, the first among them


def descriptions(known: set[str]) -> list[str]:
    """Descriptions of installed packages that are not in training."""
    found = {one.metadata["Name"]: str(one.metadata.get_payload() or "") for one in distributions()}
    return [text for name, text in sorted(found.items()) if name not in known and len(text) >= SHORTEST]


def modules() -> list[str]:
    """Python's own modules that are not in training."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    files = [file for file in files if 4000 < file.stat().st_size < 200_000]
    return [file.read_text("utf-8", "replace") for file in files[1::STEP]]


def main() -> int:
    """Prints the share of texts that score one half or more."""
    known = {json.loads(line)["from"] for line in KNOWN.read_text("utf-8").splitlines()}
    model = linear.LinearModel.load(Path(sys.argv[1]) if sys.argv[1:] else WEIGHTS)
    for name, texts in (("descriptions", descriptions(known)), ("modules", modules())):
        for length in LENGTHS:
            scored = [dict(zip(model.heads, model.scores(normalise(text[:length])), strict=True)) for text in texts]
            shares = [
                f"{area} {proportion(sum(one[area].score >= 0.5 for one in scored), len(scored))}" for area in AREAS
            ]
            print(f"{name}, {length} code points, {len(texts)} texts at 0.5: {'; '.join(shares)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
