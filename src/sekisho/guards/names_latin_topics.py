"""What a whole text says of the names in it: that it asks about the world, or is about works, history, goods."""

import re
from collections.abc import Iterator

from sekisho.guards.names_lexicon import Words

_BRIEF = 500  # code points; a longer text is about more than one thing
_WORD = re.compile("[a-z']+")
_ASKING_WORDS = (
    "what which who whom whose why how when where is are was were do does did can could should has have explain"
    " summarise summarize list name compare describe tell"
)
_ASKING = frozenset(_ASKING_WORDS.split())
_RELATED = frozenset(("his", "him", "her", "he", "she"))  # in a question, of persons of history as well
_PERSONAL_WORDS = (
    "i i'm i've i'd i'll my me mine myself we we're we've our ours us he's himself she's hers herself they they're"
    " their them your you're"
)
_PERSONAL = frozenset(_PERSONAL_WORDS.split())


class Topics:
    """Names of signs that all candidates of a text share."""

    def __init__(self, words: Words) -> None:
        self._culture = words.lists["culture"]

    def of(self, value: str) -> Iterator[str]:
        """The signs of a text; none of a long one."""
        if len(value) > _BRIEF:
            return
        words = _WORD.findall(value.lower())
        told = frozenset(words)
        asks = "?" in value and bool(words) and words[0] in _ASKING
        personal = not (told.isdisjoint(_PERSONAL) and (asks or told.isdisjoint(_RELATED)))
        if asks:
            yield "asks personally" if personal else "asks of the world"
        if not told.isdisjoint(self._culture):
            yield "culture"
            if not personal:
                yield "culture alone"
