"""The circuit breaker: after repeated failures an upstream is left alone for a while."""

from collections.abc import Callable


class Breaker:
    """Opens after `threshold` consecutive failures; after `cool_down_s` seconds one probe may pass.

    The probe's success closes it, its failure opens it for another cool-down. `clock` gives seconds, never backwards.
    Source: M. Nygard, Release It!, 2nd edition, Circuit Breaker.
    """

    __slots__ = ("_clock", "_cool_down_s", "_failures", "_opened_at", "_probing", "_threshold")

    def __init__(self, clock: Callable[[], float], *, threshold: int = 5, cool_down_s: float = 10.0) -> None:
        self._clock = clock
        self._threshold = threshold
        self._cool_down_s = cool_down_s
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def probing(self) -> bool:
        """Whether a probe is on its way."""
        return self._probing

    @property
    def open(self) -> bool:
        """Whether the upstream failed so often, and has not answered since."""
        return self._opened_at is not None

    def wait_s(self) -> float:
        """Seconds until another try makes sense; 0.0 means now. While a probe is out: one second."""
        if self._opened_at is None:
            return 0.0
        remaining = self._opened_at + self._cool_down_s - self._clock()
        return remaining if remaining > 0 else float(self._probing)

    def enter(self) -> bool:
        """Counts a try that `wait_s` allowed. Returns whether it is the probe."""
        if self._opened_at is None:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The upstream answered: forget its failures."""
        self._failures = 0
        self._opened_at = None
        self._probing = False

    def failed(self) -> None:
        """The upstream failed."""
        self._failures += 1
        if self._probing or (self._opened_at is None and self._failures >= self._threshold):
            self._opened_at = self._clock()
            self._probing = False

    def abandoned(self, *, probe: bool) -> None:
        """A try ended without telling anything, e.g. the client left; the next one may probe."""
        if probe:
            self._probing = False
