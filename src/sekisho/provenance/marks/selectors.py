"""Bytes as variation selectors, which show nothing; and texts without what was hidden in them like that.

The coding is that of the C2PA specification, "Embedding manifests into unstructured text": a byte below 16 is a
selector from U+FE00 on, any other one from U+E0100 on; a run of them stands behind U+FEFF.
"""

import re

BASE = "\ufeff"  # what the run hangs on, so that no letter before it becomes another variant of itself
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
RUN = re.compile(f"{BASE}?([{SELECTORS}]{{2,}})")

# A run this long is data. A shorter one is a slip of some editor, of which the first selector may be meant.
DATA = 4

# What no sequence of Unicode (StandardizedVariants, emoji-variation-sequences, IVD) has before a selector.
_BARE = f"A-Za-z\\s\u3041-\u3096\u30a1-\u30fa\u30fc{BASE}"
_HIDDEN = re.compile(f"{BASE}?[{SELECTORS}]{{2,}}|{BASE}[{SELECTORS}]|(?<![^{_BARE}])[{SELECTORS}]")

# Tag characters say something only in flags of regions: 🏴, the letters of the region, the end (UTS 51, ED-14a).
_TAGS = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)|[\U000e0000-\U000e007f]+",
)

# How JSON may spell selectors and tags.
_ESCAPED = re.compile(rb"\\u(?:[fF][eE]0|[dD][bB]40)")


def written(data: bytes) -> str:
    """The selectors that spell `data`, behind U+FEFF."""
    return BASE + "".join([_SPELLED[byte] for byte in data])


def read(selectors: str) -> bytes:
    """The bytes that a run of selectors spells."""
    return bytes([_READ[one] for one in selectors])


def suspicious(raw: bytes) -> bool:
    """Whether a JSON body may hold selectors or tags: a look that costs less than a microsecond on most."""
    # How all of them begin in UTF-8. A single byte is found a hundred times as fast as two, and rare enough.
    # Asked for as a number: for bytes, `in` raises and drops an exception first.
    if (0xF3 in raw and b"\xf3\xa0" in raw) or (0xEF in raw and b"\xef\xb8" in raw):
        return True
    return 0x5C in raw and _ESCAPED.search(raw) is not None


def stripped(text: str) -> str:
    """The text without marks, whoever made them; the same object where there are none.

    What selectors and tags are for stays: emoji and keycaps, variants of kanji and of punctuation, flags. So one
    selector behind each of many kanji stays too, although it may hide something: it cannot be told from their variants.
    """
    without = _TAGS.sub(_flag, text)
    shown = _HIDDEN.sub(_meant, without)
    return text if shown == text else shown


def _flag(found: re.Match[str]) -> str:
    return found[1] or ""


def _meant(found: re.Match[str]) -> str:
    """What is left of a run: its first selector where it may belong to the character before it."""
    run = found[0]
    if run[0] == BASE or len(run) == 1:
        return ""
    before = found.string[found.start() - 1 : found.start()]
    belongs = bool(before) and not _BARE_ONE.match(before)
    data = read(run)
    known = min((at for at in (data.find(magic) for magic in MAGICS) if at >= 0), default=-1)
    kept = known if 0 <= known <= 1 else int(len(run) < DATA)
    return run[:kept] if belongs else ""


_BARE_ONE = re.compile(f"[{_BARE}]")
_SPELLED = [chr(0xFE00 + byte) if byte < 16 else chr(0xE0100 + byte - 16) for byte in range(256)]
_READ = {selector: byte for byte, selector in enumerate(_SPELLED)}

SEKISHO = b"\xd7SK\x01"  # a mark of ours, with its version; its first selector is no variant of anything
C2PA = b"C2PATXT\x00"  # a manifest of C2PA
MAGICS = (SEKISHO, C2PA)
