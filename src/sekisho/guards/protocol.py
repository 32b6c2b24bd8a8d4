"""What a guard is, and how one is loaded."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol, cast

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text

GROUP = "sekisho.guards"


@dataclass(frozen=True, slots=True)
class Context:
    """What a guard may know besides the text.

    Attributes:
        stage: where the text is on its way.
        author: `system`, `user`, `assistant`, `tool` or `caller`.
        profile: name of the profile in force.
        conversation: earlier texts of the same request, oldest first.
    """

    stage: Stage
    author: str
    profile: str
    conversation: tuple[str, ...] = ()


class Guard(Protocol):
    """Looks at a text and says what it sees; decides nothing.

    Attributes:
        name: unique among the loaded guards.
        stages: where it works.
        horizon: how many later code points can still change a finding; None: it needs the whole text.
    """

    @property
    def name(self) -> str: ...
    @property
    def stages(self) -> frozenset[Stage]: ...
    @property
    def horizon(self) -> int | None: ...

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """The findings in `text`, with spans in code points of the text as received."""
        ...


Look = Callable[[Text, Context], Sequence[Finding] | Awaitable[Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class FunctionGuard:
    """A guard made of one function, sync or async."""

    name: str
    stages: frozenset[Stage]
    look: Look
    horizon: int | None = None

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """What the function says."""
        findings = self.look(text, context)
        return await findings if inspect.isawaitable(findings) else findings


def guard(name: str, *stages: Stage, horizon: int | None = None) -> Callable[[Look], FunctionGuard]:
    """Makes a guard of a function: `@guard("greeting", Stage.ENTRY)`. No stages: all of them."""

    def make(look: Look) -> FunctionGuard:
        return FunctionGuard(name, frozenset(stages or Stage), look, horizon)

    return make


def load(names: Sequence[str]) -> tuple[Guard, ...]:
    """Loads the named guards from the entry points `sekisho.guards`, and no others.

    Raises `ConfigurationError` for a name that nobody provides and for a guard that does not load: a checkpoint
    without one of its guards must not open.
    """
    known = {entry.name: entry for entry in entry_points(group=GROUP)}
    guards: list[Guard] = []
    for name in names:
        if name not in known:
            raise ConfigurationError(
                where="guards", what=f"there is no guard `{name}`; known: {', '.join(sorted(known))}"
            )
        try:
            loaded: object = known[name].load()
        except SekishoLoadFaults as fault:
            raise ConfigurationError(
                where=f"guard {name}", what=f"does not load: {type(fault).__name__}: {fault}"
            ) from fault
        if not all(hasattr(loaded, attribute) for attribute in ("name", "stages", "horizon", "inspect")):
            raise ConfigurationError(where=f"guard {name}", what="is not a guard")
        guards.append(cast("Guard", loaded))
    return tuple(guards)


SekishoLoadFaults = (Exception,)  # whatever a plugin raises while it loads stops the start
