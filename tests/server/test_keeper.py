import asyncio
import logging

from sekisho.core.errors import LedgerFault
from sekisho.server.keeper import keep


class Swept:
    """A ledger that remembers when it was swept, and fails at first."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.twice = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def sweep(self, now_s: int) -> int:
        self.times.append(now_s)
        if len(self.times) == 1:
            raise LedgerFault(why="full")
        self._loop.call_soon_threadsafe(self.twice.set)
        return 3


async def test_the_keeper_sweeps_again_after_a_failure_and_tells_what_it_erased(caplog):
    caplog.set_level(logging.WARNING)
    ledger = Swept()
    task = asyncio.create_task(keep(ledger, first_s=0.0, every_s=0.0))
    await asyncio.wait_for(ledger.twice.wait(), 60)
    async with asyncio.timeout(60):
        while "3 contents" not in caplog.text:  # noqa: ASYNC110 - a line of log has no event
            await asyncio.sleep(0)
    task.cancel()
    assert "could not be erased" in caplog.text
    assert ledger.times == sorted(ledger.times)
