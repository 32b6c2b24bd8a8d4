"""What a reader sees of a page of HTML, in time that grows with its length alone: it comes from strangers.

Source: WHATWG HTML, 13.2.5 Tokenization. What is not closed reaches to the end of the page, as in a browser; so nothing
is looked at twice, where `html.parser` looks for the end again behind each beginning.
"""

import re
from collections.abc import Iterator
from html import unescape

_BEGIN = re.compile(r"<(?:(?P<slash>/?)(?P<name>[A-Za-z][^\s/>]{0,40})|(?P<comment>!--)|[!?/])")
_STEP = re.compile(r"(?P<end>>)|=\s*(?P<quote>[\"'])")  # within a tag: where it ends, or a quoted value begins
_HIDDEN = {name: re.compile(rf"(?i)</{name}(?=[\s/>])") for name in ("script", "style", "title")}
_LINES = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3"))
_ENDLESS = re.compile("&#[xX]?[0-9A-Fa-f]{9,};?")  # no code point has so many digits


def seen(html: str) -> str:
    """The text of a page, without that of scripts, styles and its title, and with a line for each block."""
    return "".join(_parts(html)).strip()


def _parts(html: str) -> Iterator[str]:
    position = 0
    while (found := _BEGIN.search(html, position)) is not None:
        yield _plain(html[position : found.start()])
        if found["comment"]:
            # `<!-->` is a whole comment.
            position = _behind(html, "-->", found.start() + 2)
            continue
        name = (found["name"] or "").lower()
        position = _tag_end(html, found.end()) if name else _behind(html, ">", found.end())
        if name in _LINES and not found["slash"]:
            yield "\n"
        if name in _HIDDEN and not found["slash"]:
            closing = _HIDDEN[name].search(html, position)
            position = closing.start() if closing is not None else len(html)
    yield _plain(html[position:])


def _plain(text: str) -> str:
    return unescape(_ENDLESS.sub("\ufffd", text)) if "&" in text else text


def _tag_end(html: str, position: int) -> int:
    """The place behind a tag, from somewhere behind its name."""
    while (step := _STEP.search(html, position)) is not None:
        if step["end"]:
            return step.end()
        position = _behind(html, step["quote"], step.end())
    return len(html)


def _behind(html: str, end: str, position: int) -> int:
    """The place behind the next `end`; the end of the page where there is none."""
    found = html.find(end, position)
    return len(html) if found < 0 else found + len(end)
