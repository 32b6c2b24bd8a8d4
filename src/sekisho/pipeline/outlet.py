"""One text channel of a streamed answer: what came in, what is held, what went out."""

from collections import deque

from sekisho.core.exchange import Message, Stage
from sekisho.core.sentences import ends
from sekisho.core.text import AT_ONCE
from sekisho.pipeline.channel import PATIENT, Channel, Piece
from sekisho.pipeline.examiner import Examiner, apart

_BEHIND_END = 64  # characters that are looked at again, since more of a sentence's end may come


class Outlet:
    """A channel with its queue.

    Attributes:
        delivered: what was let out, in parts.
        sent: how many of them went out for certain.
    """

    def __init__(self, name: str, index: int, examiner: Examiner) -> None:
        self.name = name
        self.index = index
        self._examiner = examiner
        self._message = Message(Stage.EXIT, "assistant", "", ("choices", index, "message", name))
        self.channel: Channel = examiner.channel(self._message)
        self.delivered: list[str] = []
        self.sent = 0
        self._queue: deque[Piece] = deque()
        self._gone = 0  # code points at the beginning of the first piece that went out already; it is plain then
        self._whole: list[str] = []
        self._open = ""  # the end of the text in which no sentence has ended yet
        self._asked = 0
        self._waits = examiner.waits(Stage.EXIT)
        self._mode = examiner.profile.released
        self._held = False
        # Model guards read whole texts, so they are asked only where nothing goes out before the end.
        self._doubts = self._mode == "end" and examiner.doubts(Stage.EXIT)
        if self._waits or self._mode != "pattern":
            self.channel.ceiling = 0

    def take(self, text: str) -> int:
        """Takes text from the model; gives the position after it."""
        self.channel.take(text)
        if self._waits or self._doubts:
            self._whole.append(text)
        if self.channel.ceiling is not None and self._mode != "end":
            self._open += text
        return self.channel.length

    async def advance(self) -> bool:
        """Lets out what is decided. True: everything that was taken goes out as it is."""
        held_before, self._held = self._held or bool(self._queue), False
        if self._open:
            await self._ask_sentences()
        channel = self.channel
        few = channel.kept <= AT_ONCE
        pieces = channel.release() if few else await apart(channel.work, channel.release)
        self._queue.extend(pieces)
        self._held = channel.waiting > 0
        if held_before or self._held or channel.ended is not None:
            return False
        return all(piece.plain for piece in pieces)

    async def finish(self) -> None:
        """Lets out the rest."""
        if self._whole:
            whole = "".join(self._whole)
            found = await self._examiner.ask(self._message, whole, asked=self._asked)
            found = [one for one in found if one.end > self._asked]
            if self._doubts:  # nothing has been judged yet
                opinion = await self._examiner.opinion(self._message, whole, found)
                self.channel = self._examiner.channel(self._message, opinion=opinion)
                self.channel.take(whole)
            self.channel.add(found)
        self._queue.extend(await apart(self.channel.kept, self.channel.finish))

    def plain_to(self, position: int) -> int:
        """How far from `position` on the text goes out as it came; `position` itself where it does not."""
        first = self._queue[0] if self._queue else None
        return first.end if first is not None and first.plain and first.start + self._gone == position else position

    def until(self, position: int | None = None) -> str:
        """Takes from the queue what stands for text before `position`; None: all of it."""
        parts: list[str] = []
        queue = self._queue
        while queue:
            piece = queue[0]
            if position is not None and piece.start >= position:
                break
            gone, self._gone = self._gone, 0
            if position is not None and piece.plain and piece.end > position:
                self._gone = max(gone, position - piece.start)
                parts.append(piece.text[gone : self._gone])
                break
            parts.append(piece.text[gone:] if gone else piece.text)
            queue.popleft()
        text = "".join(parts)
        if text:
            self.delivered.append(text)
        return text

    async def _ask_sentences(self) -> None:
        """Asks the guards that read sentences about the sentences that are complete."""
        begin = self.channel.length - len(self._open)
        known = [end for end in ends(self._open) if end < len(self._open)]
        if not known:
            # Only the end of a long sentence is looked at again; the whole of it is in the channel.
            self._open = self._open[-_BEHIND_END:]
            return
        self._open = self._open[known[-1] :]
        ended = begin + known[-1]
        if self._asked > PATIENT and ended - self._asked < self._asked // 8:
            return  # they read all from its beginning, so that a long text waits, and the work stays linear
        before, self._asked = self._asked, ended
        if self._waits:
            whole = "".join(self._whole)
            self._whole = [whole]
            found = await self._examiner.ask(self._message, whole[: self._asked], asked=before)
            self.channel.add([one for one in found if one.end > before])
        self.channel.ceiling = self._asked
