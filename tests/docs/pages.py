"""The documents as the tests see them: headings, code blocks, links and prose of a Markdown page."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "ja")
_FENCE = re.compile(r"^\s*(`{3,})(.*)$")
_HEADING = re.compile(r"^(#{1,6}) (.+)$")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<(https?://[^>]+)>")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced code block; `info` is what follows its language, `line` that of its fence, from 1."""

    language: str
    info: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file. `sections` are its texts without code blocks, from heading to heading."""

    path: Path
    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]
    sections: tuple[str, ...]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def language(self) -> str:
        return "ja" if self.path.parent.name == "ja" or self.path.name.endswith(".ja.md") else "en"

    @property
    def links(self) -> list[str]:
        return [found[1] or found[2] for section in self.sections for found in _LINK.finditer(section)]

    @property
    def anchors(self) -> set[str]:
        """The anchors of its headings, as GitHub makes them."""
        return {re.sub(r"[^\w\- ]", "", heading.text.lower()).replace(" ", "-") for heading in self.headings}


def read(path: Path) -> Page:
    headings: list[Heading] = []
    blocks: list[Block] = []
    sections: list[list[str]] = [[]]
    fence, info, begun, code = "", "", 0, list[str]()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1] == fence and not mark[2].strip():
                language, *words = info.split() or [""]
                blocks.append(Block(language, tuple(words), "\n".join(code) + "\n", begun))
                fence, code = "", []
            else:
                code.append(line)
        elif mark:
            fence, info, begun = mark[1], mark[2], number
        else:
            heading = _HEADING.match(line)
            if heading:
                headings.append(Heading(len(heading[1]), heading[2]))
                sections.append([])
            sections[-1].append(line)
    if fence:
        raise ValueError(f"{path}:{begun}: a code block does not end")
    return Page(path, tuple(headings), tuple(blocks), tuple("\n".join(lines) for lines in sections))


def guides(language: str) -> dict[str, Page]:
    """The pages of docs/, by file name."""
    return {path.name: read(path) for path in sorted((ROOT / "docs" / language).glob("*.md"))}


def everything() -> list[Page]:
    """Every page of the project that people read."""
    return [read(path) for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*/*.md")])]


def pairs() -> list[tuple[Page, Page]]:
    """Each English page with its Japanese counterpart, as far as there is one."""
    english, japanese = guides("en"), guides("ja")
    both = [(english[name], japanese[name]) for name in english if name in japanese]
    return [(read(ROOT / "README.md"), read(ROOT / "README.ja.md")), *both]
