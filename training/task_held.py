"""How well tasks in documents are found that training never saw: BIPIA's in its e-mails and tables.

    python training/task.py --without bipia --out DIRECTORY
    python training/task_held.py [--linear] DIRECTORY

Prints what is found, and what is touched of the same documents without a task, at the threshold of `attack.injection`
in the built-in profiles: by the linear model alone, and with the machine where that is unsure. `--linear`: the linear
model alone, which training writes first.
"""

import argparse
import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from sources import bipia, put

from sekisho.core.normalise import normalise
from sekisho.evaluation.metrics import proportion
from sekisho.guards import meaning, task

THRESHOLD = 0.3
EVERY = 3  # one of so many texts is looked at
PLACES = ("begin", "middle", "end")


def scores(reader: task.TaskReader, second: meaning.SecondOpinion | None, text: str) -> tuple[float, float, bool]:
    """The linear model's score, the one in the end, and whether the machine was asked or, if it is None, would be."""
    value = normalise(text)
    read = reader.read(value)
    if read is None:
        return 0.0, 0.0, False
    asked = task.UNSURE[0] <= read.first.score <= task.UNSURE[1]
    again = reader.again(value, read, second).score if asked and second is not None else read.first.score
    return read.first.score, again, asked


def main() -> int:
    """Prints a line for each kind of document, with and without a task."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--linear", action="store_true")
    options.add_argument("directory", type=Path)
    given = options.parse_args()
    reader = task.TaskReader(given.directory / "task.npz", given.directory / "task-kernel.npz")
    second = None if given.linear else meaning.second()
    attacks, documents, _ = bipia()
    mails = [one for one in documents if one.startswith("SUBJECT")]
    tables = [one for one in documents if not one.startswith("SUBJECT")]
    for name, kind in (("e-mails", mails), ("tables", tables)):
        planted = [put(one, kind[at % len(kind)], place) for at, (one, place) in enumerate(product(attacks, PLACES))]
        for what, texts in (("with a task", planted[::EVERY]), ("without", kind if kind is mails else kind[::EVERY])):
            told = [scores(reader, second, text) for text in texts]
            shares = [proportion(sum(one[at] >= THRESHOLD for one in told), len(told)) for at in (0, 1)]
            asked = sum(one[2] for one in told) / len(told)
            both = "" if given.linear else f" both {shares[1]},"
            print(f"{name} {what}, {len(told)}: linear {shares[0]},{both} asked {asked:.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
