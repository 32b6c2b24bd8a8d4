"""The text of a document as its reader sees it, so that it can be looked up, and the Text-Code that binds papers to it.

Read in the child process (`reader`), since strangers made it. Office documents and books are archives of XML
(ECMA-376, ISO/IEC 26300, EPUB 3): expat of the standard library reads them piece by piece, refuses entities of their
own, and stops when there is enough. PDF is read by PDFium. What is read is what stands there as text; pictures of text
are not.
"""

import importlib
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.parsers import expat

LONGEST = 20_000  # code points; as many as the verifier looks up
MOST = 64_000_000  # bytes of XML, unpacked
MEMBERS = 2000
PIECE = 1 << 16
LEAST = 100  # code points of a text that has a code: a few words say nothing
BITS = 256


class Layout(NamedTuple):
    """Where the text of a kind of archive stands.

    Attributes:
        members: names of the members that hold some, as a pattern.
        texts: elements whose characters are text.
        hidden: elements without any: readings above the line, what was deleted, second versions for old programs.
        breaks: elements at which words end.
    """

    members: re.Pattern[str]
    texts: frozenset[str]
    hidden: frozenset[str]
    breaks: frozenset[str]


_OFFICE = "application/vnd.openxmlformats-officedocument."
LAYOUTS = {
    f"{_OFFICE}wordprocessingml.document": Layout(
        re.compile(r"word/(document|footnotes|endnotes)\.xml"),
        frozenset({"t"}),
        frozenset({"rt", "Fallback"}),
        frozenset({"p", "br", "tab"}),
    ),
    f"{_OFFICE}presentationml.presentation": Layout(
        re.compile(r"ppt/slides/slide\d+\.xml"),
        frozenset({"t"}),
        frozenset({"Fallback"}),
        frozenset({"p", "br"}),
    ),
    f"{_OFFICE}spreadsheetml.sheet": Layout(
        re.compile(r"xl/(sharedStrings|worksheets/sheet\d+)\.xml"),
        frozenset({"t"}),
        frozenset({"rPh"}),
        frozenset({"si", "c"}),
    ),
    "application/vnd.oasis.opendocument.text": Layout(
        re.compile(r"content\.xml"),
        frozenset({"p", "h"}),
        frozenset({"annotation", "tracked-changes", "ruby-text"}),
        frozenset({"p", "h", "s", "tab", "line-break"}),
    ),
    "application/epub+zip": Layout(
        re.compile(r".*\.x?html?"),
        frozenset({"body"}),
        frozenset({"script", "style", "rt", "rp"}),
        frozenset({"p", "div", "li", "br", "td", "blockquote", *(f"h{level}" for level in range(1, 7))}),
    ),
}
PDF = "application/pdf"


def text_of(data: bytes, mime: str) -> str:
    """The first `LONGEST` code points of a document's text; empty for what is none, or cannot be read."""
    try:
        pieces = _pages(data) if mime == PDF else _members(data, LAYOUTS[mime]) if mime in LAYOUTS else ()
        parts: list[str] = []
        size = 0
        for piece in pieces:
            parts.append(piece)
            size += len(piece)
            if size >= LONGEST:
                break
    except Exception:  # noqa: BLE001 - parsers raise what they like; a document without text can still have papers
        return ""
    return "".join(parts).strip()[:LONGEST]


def text_codes(text: str) -> list[str]:
    """The Text-Code (ISO 24138) of a text, as `ISCC:…`; none of one that is too short."""
    if len(text) < LEAST:
        return []
    iscc: Any = importlib.import_module("iscc_lib")
    return [str(iscc.gen_text_code_v0(text, BITS).iscc)]


def _pages(data: bytes) -> Iterator[str]:
    pdfium: Any = importlib.import_module("pypdfium2")
    for page in pdfium.PdfDocument(data):
        yield page.get_textpage().get_text_bounded().replace("\r\n", "\n") + "\n"


def _members(data: bytes, layout: Layout) -> Iterator[str]:
    """The texts of an archive, piece by piece. Raises what its parsers raise."""
    left = MOST
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist()[:MEMBERS] if layout.members.fullmatch(name)]
        for name in sorted(names, key=lambda name: (len(name), name)):  # slide 10 comes after slide 2
            seen = _Seen(layout)
            with archive.open(name) as member:
                while left > 0 and (piece := member.read(PIECE)):
                    left -= len(piece)
                    yield seen.read(piece)
            yield "\n"


class _Seen:
    """Reads one XML document and gives the text that is seen."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._parts: list[str] = []
        self._within = self._hidden = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._read
        self._parser.EntityDeclHandler = _refused

    def read(self, piece: bytes) -> str:
        """What is seen of the next bytes. Raises `expat.ExpatError`, or `ValueError` for entities of its own."""
        self._parser.Parse(piece)
        told = "".join(self._parts)
        self._parts.clear()
        return told

    def _begin(self, name: str, _: object) -> None:
        local = name.rpartition(" ")[2]
        self._within += local in self._layout.texts
        self._hidden += local in self._layout.hidden
        if local in self._layout.breaks and not self._hidden:
            self._parts.append("\n")

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        self._within -= local in self._layout.texts
        self._hidden -= local in self._layout.hidden

    def _read(self, text: str) -> None:
        if self._within and not self._hidden:
            self._parts.append(text)


def _refused(*_: object) -> None:
    raise ValueError("a document that declares entities")
