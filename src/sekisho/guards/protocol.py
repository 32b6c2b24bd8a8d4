"""What a guard is, and how one is loaded."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Protocol, cast, runtime_checkable

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text

GROUP = "sekisho.guards"

# The guards that are loaded unless the settings name others, with what must be installed for each ("": nothing more).
STANDARD = {
    "privacy": "",
    "secrets": "",
    "attack": "",
    "intent": "",
    "answers": "",
    "names": "sudachidict_small",
    "conduct": "",
    "agency": "",
    "code": "",
    "persons": "",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What a guard may know besides the text.

    Attributes:
        stage: where the text is on its way.
        author: `system`, `user`, `assistant`, `tool` or `caller`.
        profile: name of the profile in force.
        conversation: earlier texts of the same request as they came, oldest first, the newest 512; of an answer or an
            action, those of its request. Only for guards that are not `steady`: empty where no other is loaded.
        owner: name of the key whose text it is; empty where nobody asks, as in a check.
        budget_s: seconds after which the guard counts as failed; None: nobody counts.
        asked: code points at the beginning of a streamed answer that it was asked about already: findings that end
            there are dropped, so that it may leave them out.
        piecewise: whether it is an answer under a profile that lets parts of answers out before the rest has come. A
            guard says the same of streamed and whole answers if then it looks at nothing behind a sentence to judge it.
    """

    stage: Stage
    author: str
    profile: str
    conversation: tuple[Message, ...] = ()
    owner: str = ""
    budget_s: float | None = None
    asked: int = 0
    piecewise: bool = False


class Guard(Protocol):
    """Looks at a text and says what it sees; decides nothing.

    Of a streamed answer it is asked after each sentence, with all from the beginning up to there, and that sentence
    goes out when it has spoken; under a profile with `stream: end` it is asked once, and nothing goes out before. So
    only there what it finds with the help of a later sentence comes in time for the earlier ones.

    A function becomes one with `guard`; a frozen dataclass with these fields and this method is one. It may also have
    `steady: bool` (False where it has not): what it says of a text depends on nothing but the text and the stage, so
    not on `Context.conversation`, and a text in which it found nothing need not be shown to it again. And
    `patient: bool` (False where it has not): it is asked of an answer only where the profile lets whole sentences wait
    (`stream: sentence` or `end`). One that says what it may find is `Declaring`.
    """

    @property
    def name(self) -> str:
        """Unique among the loaded guards."""
        ...

    @property
    def stages(self) -> frozenset[Stage]:
        """Where it works."""
        ...

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """The findings in `text`, with spans in code points of the text as received."""
        ...


Later = Callable[[], Awaitable[Sequence[Finding]]]


@runtime_checkable
class Swift(Guard, Protocol):
    """A guard that need not wait for most texts: those cost no task of the event loop."""

    def begin(self, text: Text, context: Context) -> Sequence[Finding] | Later:
        """The findings where they take below a millisecond; else what is left to do, to be called and awaited."""
        ...


@runtime_checkable
class Watcher(Guard, Protocol):
    """A guard that knows the caller: it hears of each text of a request what all the others found in it.

    `inspect` serves only those who use it by itself.
    """

    def watch(self, text: Text, context: Context, judged: Sequence[Judged]) -> Sequence[Finding]:
        """Further findings in `text`, in far less than a millisecond. `judged` is what others found, with verdicts."""
        ...


class Slow(Protocol):
    """A second opinion, which takes some hundredths of a second."""

    def ready(self) -> None:
        """Loads all that it needs."""
        ...


@runtime_checkable
class Unsure(Guard, Protocol):
    """A guard that asks a second opinion about texts that leave it in doubt."""

    @property
    def second(self) -> Slow | None:
        """That opinion; None: there is none on this machine. A frozen dataclass has it as a field."""
        ...

    def asks(self, text: Text, stage: Stage) -> bool:
        """Whether it would be asked about this text."""
        ...


@runtime_checkable
class Declaring(Protocol):
    """A guard that says what it may find, so that rules to which nothing can come are told to whoever writes them."""

    def tells(self, stage: Stage) -> Collection[str] | None:
        """The categories that its findings at this stage can bear; None: any."""
        ...


Look = Callable[[Text, Context], Sequence[Finding] | Awaitable[Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class FunctionGuard:
    """A guard made of one function, sync or async.

    Attributes:
        categories: what it may find; None: anything.
    """

    name: str
    stages: frozenset[Stage]
    look: Look
    steady: bool = False
    categories: frozenset[str] | None = None

    def tells(self, _stage: Stage) -> Collection[str] | None:
        """As `categories`."""
        return self.categories

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """What the function says. One that is not async runs in a thread, so that it delays nobody else."""
        if inspect.iscoroutinefunction(self.look):
            return await self.look(text, context)
        findings = await asyncio.to_thread(self.look, text, context)
        return await findings if inspect.isawaitable(findings) else findings


def guard(
    name: str,
    *stages: Stage,
    steady: bool = False,
    categories: Collection[str] | None = None,
) -> Callable[[Look], FunctionGuard]:
    """Makes a guard of a function: `@guard("greeting", Stage.ENTRY)`. No stages: all of them."""
    told = None if categories is None else frozenset(categories)

    def make(look: Look) -> FunctionGuard:
        return FunctionGuard(name, frozenset(stages or Stage), look, steady, told)

    return make


def standard() -> list[str]:
    """The guards that are loaded unless the settings name others, as far as what they need is installed."""
    return [name for name, package in STANDARD.items() if not package or find_spec(package) is not None]


def load(names: Sequence[str]) -> tuple[Guard, ...]:
    """Loads the named guards from the entry points `sekisho.guards`, and no others; no names: the standard ones.

    An entry point names a guard, or a class that makes one without arguments. Raises `ConfigurationError` for a name
    that nobody or more than one package provides and for a guard that does not load: a checkpoint without one of its
    guards must not open.
    """
    known: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        known.setdefault(entry.name, []).append(entry)
    guards = [_loaded(name, known) for name in names or standard()]
    taken = [one.name for one in guards]
    for name in taken:
        if taken.count(name) > 1:
            raise ConfigurationError(where="guards", what=f"the guard `{name}` is named twice")
    return tuple(guards)


def _loaded(name: str, known: dict[str, list[EntryPoint]]) -> Guard:
    if name not in known:
        near = get_close_matches(name, known, 1) or sorted(known)
        raise ConfigurationError(
            where="guards",
            what={
                "ja": f"`{name}` というガードはありません。あるのは: {', '.join(near)}",
                "en": f"there is no guard `{name}`; known: {', '.join(near)}",
            },
        )
    if len({entry.value for entry in known[name]}) > 1:
        raise ConfigurationError(where=f"guard {name}", what="more than one package provides it")
    try:
        loaded: object = known[name][0].load()
        if isinstance(loaded, type):
            loaded = loaded()
    except (Exception, SystemExit) as fault:  # whatever a plugin raises while it loads stops the start
        if isinstance(fault, SystemExit) and type(fault) is not SystemExit:
            raise  # a signal came meanwhile, and no plugin is to blame
        what = f"does not load: {type(fault).__name__}: {fault}"
        raise ConfigurationError(where=f"guard {name}", what=what) from fault
    if not _is_guard(loaded):
        raise ConfigurationError(where=f"guard {name}", what="is not a guard")
    return cast("Guard", loaded)


def _is_guard(loaded: object) -> bool:
    stages = getattr(loaded, "stages", None)
    return (
        isinstance(getattr(loaded, "name", None), str)
        and isinstance(stages, frozenset)
        and all(isinstance(stage, Stage) for stage in cast("frozenset[object]", stages))
        and inspect.iscoroutinefunction(getattr(loaded, "inspect", None))
    )
