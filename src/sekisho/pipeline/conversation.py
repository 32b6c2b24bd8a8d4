"""What was said before a text, for guards that read it in its conversation."""

from collections import deque

from sekisho.core.exchange import Message, Stage
from sekisho.guards.model.inquiry import Exchanged

MOST = 512  # texts that guards get at most; the oldest are left out


class Conversation:
    """The texts of one request that are examined already, in their order."""

    def __init__(self) -> None:
        self._texts: deque[Message] = deque(maxlen=MOST)
        self._told: tuple[Message, ...] | None = None
        self._turns: list[tuple[bool, str]] = []  # whether an AI wrote it, and what the model gets of it

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
        if shown and _is_turn(message):
            self._turns.append((message.author == "assistant", shown))

    def before(self, *, answer: bool) -> tuple[tuple[Exchanged, ...], str]:
        """What was said and answered before the next text, and the question if that is an answer, else nothing.

        Texts of one author in a row count as one. What the other has not answered yet is left out, and so is what an AI
        said before a person did.
        """
        done: list[Exchanged] = []
        asked: list[str] = []
        answered: list[str] = []
        for by_assistant, text in self._turns:
            if not by_assistant and answered:
                done.append(("\n".join(asked), "\n".join(answered)))
                asked, answered = [], []
            if not by_assistant:
                asked.append(text)
            elif asked:
                answered.append(text)
        if answered and not answer:
            done.append(("\n".join(asked), "\n".join(answered)))
        return tuple(done), "\n".join(asked) if answer else ""


def _is_turn(message: Message) -> bool:
    """Whether somebody says it to the other in a chat; names, calls of tools and what these give are no such words."""
    if message.stage is not Stage.ENTRY or message.author not in ("user", "assistant"):
        return False
    path = message.path
    last = path[-1] if path else "text"
    return (path[2:3] == ("content",) or not path) and (last in ("content", "text") or type(last) is int)
