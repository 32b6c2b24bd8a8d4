"""What waits on a model, and ends as soon as the operator stops the model, the profile or everything."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from sekisho.core.errors import SekishoError, Stopped

StoppedSwitch = Callable[[str, str], str | None]  # (model, profile) → what is stopped

LOOK_S = 0.25

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Stops:
    """Looks at the stop switch every `LOOK_S` seconds while anything waits, for all that waits in one event loop.

    Waiting costs no timer and no task of its own.
    """

    def __init__(self, stopped: StoppedSwitch) -> None:
        """Nothing waits yet. `stopped` is asked in the event loop; what it raises ends what waits as well."""
        self.stopped = stopped
        self.waiting: set[Wait] = set()
        self._clock: asyncio.TimerHandle | None = None

    def over(self, model: str, profile: str, cut: Callable[[], None] | None = None) -> "Wait":
        """What is to be entered before waiting on a model, and left when no more is expected of it.

        `cut` ends the waiting, and is called at most once; without it the task that entered is cancelled.
        """
        return Wait(self, model, profile, cut)

    def watch(self) -> None:
        """Looks from now on until nothing waits any more."""
        if self._clock is None:
            self._clock = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._clock = None
        if self.waiting:
            self.watch()
        for wait in tuple(self.waiting):
            wait.end_if_stopped()


class Wait:
    """One exchange's wait, as a context: it ends with `Stopped` where a stop ended it, and not as cancelled.

    Attributes:
        model: which is being asked; may change.
        stopped: what was stopped; None: nothing of it.
    """

    __slots__ = ("_before", "_cut", "_fault", "_profile", "_stops", "_task", "model", "stopped")

    def __init__(self, stops: Stops, model: str, profile: str, cut: Callable[[], None] | None) -> None:
        self.model = model
        self.stopped: str | None = None
        self._stops = stops
        self._profile = profile
        self._cut = cut
        self._fault: SekishoError | None = None
        self._task: asyncio.Task[object] | None = None
        self._before = 0

    def __enter__(self) -> Self:
        if self._cut is None:
            self._task = asyncio.current_task()
            self._before = self._task.cancelling() if self._task is not None else 0
        self._stops.waiting.add(self)
        self._stops.watch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stops.waiting.discard(self)
        if self._fault is None:
            return
        ours = fault is None or (isinstance(fault, SekishoError) and fault is not self._fault)
        if self._task is not None:
            if self._task.uncancel() > self._before:
                return  # the client left as well
            ours = ours or isinstance(fault, asyncio.CancelledError)
        if ours:
            raise self._fault from fault

    async def unstopped(
        self, work: Callable[Arguments, Awaitable[Result]], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """What `work` gives. Raises `Stopped` where the operator has stopped it before or meanwhile."""
        self.look()
        given = await work(*arguments, **named)
        self.look()
        return given

    def look(self) -> None:
        """Raises `Stopped` where the operator has stopped it by now."""
        if self._fault is not None:
            raise self._fault
        self.stopped = self._stops.stopped(self.model, self._profile)
        if self.stopped is not None:
            raise Stopped(what=self.stopped)

    def end_if_stopped(self) -> None:
        """Ends the wait where the operator has stopped it by now."""
        if self._fault is not None:
            return
        try:
            self.look()
        except SekishoError as fault:
            self._fault = fault
            if self._cut is not None:
                self._cut()
            elif self._task is not None:
                self._task.cancel()
