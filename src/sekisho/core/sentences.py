"""Where sentences end, for streams that go out sentence by sentence and for guards that must say the same of them."""

import re
from collections.abc import Iterator

# A point behind a single capital or a title (J. K. Rowling, Dr. Smith) ends no sentence.
_END = re.compile(
    r"[。．！？!?\n]+[」』）)\"']*"
    r"|(?<!\b[A-Z])(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bProf)\.(?=\s)"
)


def ends(text: str) -> Iterator[int]:
    """The places behind the ends of sentences, in code points, in order.

    Of a text that still grows, one at its very end may come to lie further on.
    """
    return (found.end() for found in _END.finditer(text))
