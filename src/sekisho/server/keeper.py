"""The keeper: erases contents whose time is over, while the server runs."""

import asyncio
import logging
import time

from sekisho.core.errors import SekishoError
from sekisho.ledger.ledger import Ledger

log = logging.getLogger("sekisho.server")

FIRST_S = 60.0  # after the start, so that a restart is not slowed down
EVERY_S = 3600.0


async def keep(ledger: Ledger, *, first_s: float = FIRST_S, every_s: float = EVERY_S) -> None:
    """Sweeps the ledger again and again, in a thread, until cancelled. What fails is logged and tried again."""
    wait_s = first_s
    while True:
        await asyncio.sleep(wait_s)
        wait_s = every_s
        try:
            erased = await asyncio.to_thread(ledger.sweep, int(time.time()))
        except SekishoError as fault:
            log.error("contents could not be erased: %s", fault)  # noqa: TRY400 - the fault says all
        else:
            if erased:
                log.warning("%d contents were erased, as their time was over", erased)
