"""What was said before a text, for guards that read it in its conversation."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sekisho.core.exchange import Message, Stage
from sekisho.guards.model.inquiry import Exchanged

MOST = 512  # texts that guards get at most; the oldest are left out


class Conversation:
    """The texts of one request that are examined already, in their order."""

    def __init__(self) -> None:
        self._texts: deque[Message] = deque(maxlen=MOST)
        self._told: tuple[Message, ...] | None = None
        self._turns: list[tuple[list[str], list[str]]] = []  # what persons said, and what an AI answered to that

    @property
    def texts(self) -> tuple[Message, ...]:
        """The newest of them as they came, oldest first."""
        if self._told is None:
            self._told = tuple(self._texts)
        return self._told

    def add(self, message: Message, shown: str) -> None:
        """One more; `shown` is what the model behind the checkpoint may see of it."""
        self._texts.append(message)
        self._told = None
        if not (shown and _is_turn(message)):
            return
        if message.author == "assistant":
            if self._turns:
                self._turns[-1][1].append(shown)
        elif self._turns and not self._turns[-1][1]:
            self._turns[-1][0].append(shown)
        else:
            self._turns.append(([shown], []))

    def before(self, *, answer: bool, longest: int) -> tuple[tuple[Exchanged, ...], str]:
        """What was said and answered before the next text, and the question if that is an answer, else nothing.

        Texts of one author in a row count as one. What the other has not answered yet is left out, and so is what an AI
        said before a person did. It is `longest` code points in all, as `Case.bounded` would leave them: this works
        on so many, however long the conversation is.
        """
        question = _begin(self._turns[-1][0], longest) if answer and self._turns else ""
        done: list[Exchanged] = []
        left = longest - len(question)
        for asked, answered in islice(reversed(self._turns), int(answer), None):
            if left < 2:
                break
            if answered:
                said = _end(asked, left // 2)
                done.append((said, _end(answered, left - len(said))))
                left -= sum(map(len, done[-1]))
        return tuple(reversed(done)), question


def _begin(texts: Sequence[str], longest: int) -> str:
    """The first `longest` code points of these, one to a line."""
    return "\n".join(_some(texts, longest))[:longest]


def _end(texts: Sequence[str], longest: int) -> str:
    """The last `longest` code points of these, one to a line; at least one."""
    return "\n".join(reversed(list(_some(reversed(texts), longest))))[-longest:]


def _some(texts: Iterable[str], longest: int) -> Iterator[str]:
    """The first of these, until they are long enough."""
    for text in texts:
        yield text
        longest -= len(text) + 1
        if longest < 0:
            return


def _is_turn(message: Message) -> bool:
    """Whether somebody says it to the other in a chat; names, calls of tools and what these give are no such words."""
    if message.stage is not Stage.ENTRY or message.author not in ("user", "assistant"):
        return False
    path = message.path
    last = path[-1] if path else "text"
    return (path[2:3] == ("content",) or not path) and (last in ("content", "text") or type(last) is int)
