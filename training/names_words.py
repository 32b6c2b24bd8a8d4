"""Writes the words that name persons, from SudachiDict's small edition: src/sekisho/guards/names_words.txt.gz.

    python training/names_words.py

To go through the dictionary takes most of a second, which nobody should wait for at each start.
"""

import gzip
import sys

from sudachipy import Dictionary

from sekisho.guards.names_lexicon import ENUMERATED, enumerated


def main() -> int:
    """Writes the file; the same dictionary gives the same bytes."""
    found = enumerated(Dictionary(dict="small"))
    text = "".join(f"{name}\t{' '.join(sorted(words))}\n" for name, words in found.items())
    with ENUMERATED.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        file.write(text.encode())
    print({name: len(words) for name, words in found.items()}, ENUMERATED.stat().st_size, "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
