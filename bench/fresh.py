"""Prose that no rule was chosen by, one half to store and one to ask about: what `verify.py --prose` measures with.

Every paragraph of running Japanese or English counts, whatever the file; paragraphs are joined and cut into texts of
1,000 characters, so that short pages give texts too. Files are dealt to the halves by a hash of their name, so that
both halves come from the same books; or whole books are (`apart`: what lies in one folder of the directory). Pages of
one book copy from each other, with edits. A paragraph that stands in several files (licences, warnings, translated
headings) counts once.
"""

import html
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from gettext import GNUTranslations
from hashlib import sha256
from pathlib import Path
from random import Random

from prose import KANA, KINDS, LARGEST, LEGAL, LENGTH, MARKUP, SENTENCE, Prose, distinct, sources

KINDS_TOO = KINDS | {".page", ".xml", ".docbook", ".lyx", ".2", ".3", ".4", ".6"}
LANGUAGES = ("Japanese", "English")
MOST = 6000  # texts of a half
SHORTEST = {"Japanese": 30, "English": 80}  # characters of a paragraph
COMMON = re.compile(r"\b(?:the|of|and|to|in|is|that|for|with|you|are|be|it|this|was|his)\b", re.IGNORECASE)
MARKED = {".html", ".page", ".xml", ".docbook", ".lyx"}
LAYOUT = re.compile(r"^\\(?!begin_layout).*\n", re.MULTILINE)  # what stands within a paragraph of LyX
ENDS = '。．.!?！？」』"”)'
BLOCK = re.compile(r"</(?:p|li|dd|td|h\d|title|para)>|<br\s*/?>", re.IGNORECASE)


def halves(directories: Sequence[Path], seed: int, *, apart: bool) -> Iterator[Prose]:
    """The prose of each language, texts that share 40 letters with an earlier one of their half left out."""
    known: set[bytes] = set()
    streams: dict[tuple[str, bool], list[str]] = {(one, half): [] for one in LANGUAGES for half in (False, True)}
    for directory, path in sorted((one, path) for one in directories for path in one.rglob("*")):
        base = path.name.removesuffix(".gz")
        kind = Path(base).suffix
        readable = path.is_file() and not path.is_symlink() and (kind in KINDS_TOO or path.parent.name == "fortunes")
        if not readable or LEGAL.search(base) or path.stat().st_size > LARGEST:
            continue
        half = sha256((path.relative_to(directory).parts[0] if apart else base).encode()).digest()[0] & 1 == 0
        for text in _texts(path, kind):
            for paragraph in paragraphs(text):
                digest = sha256(paragraph.encode()).digest()[:12]
                language = language_of(paragraph)
                if language and digest not in known:
                    known.add(digest)
                    streams[language, half].append(paragraph)
    for language in LANGUAGES:
        cut = (_cut(streams[language, half]) for half in (False, True))
        pair = [distinct(Random(seed).sample(one, min(len(one), 2 * MOST)))[:MOST] for one in cut]
        if all(pair):
            yield Prose(language, *pair)


def _texts(path: Path, kind: str) -> Iterator[str]:
    if kind == ".mo":
        with path.open("rb") as file, suppress(OSError, UnicodeDecodeError):
            yield "\n\n".join(map(str, GNUTranslations(file)._catalog.values()))
        return
    if kind not in MARKED:
        yield from (text for _, text in sources(path))
        return
    with suppress(OSError, UnicodeDecodeError):
        text = path.read_text("utf-8")
        if kind == ".lyx":
            yield LAYOUT.sub("", text).replace("\n\\begin_layout", "\n\n")
        else:
            yield html.unescape(MARKUP.sub(" ", BLOCK.sub("\n\n", text)))


def paragraphs(text: str) -> Iterator[str]:
    """Blocks of running words: sentences, few symbols and digits."""
    for block in re.split(r"\n\s*\n|\n%\n", text):
        plain = re.sub(r"\s+", " ", block).strip()
        if len(plain) >= min(SHORTEST.values()) and len(SENTENCE.findall(plain)) > 0 and plain[-1] in ENDS:
            share = sum(c.isalpha() or c in " 、。，．,.「」" for c in plain) / len(plain)
            if share > 0.85:
                yield plain


def language_of(paragraph: str) -> str:
    """Japanese or English; empty: neither, or too short to count."""
    if len(KANA.findall(paragraph)) > len(paragraph) / 6:
        found = "Japanese"
    elif paragraph.isascii() and len(COMMON.findall(paragraph)) > len(paragraph.split()) / 6:
        found = "English"
    else:
        return ""
    return found if len(paragraph) >= SHORTEST[found] else ""


def _cut(found: Sequence[str]) -> list[str]:
    whole = "\n".join(found)
    return [whole[at : at + LENGTH] for at in range(0, len(whole) - LENGTH + 1, LENGTH)]
