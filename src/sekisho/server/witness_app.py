"""The witness over HTTP (C2SP tlog-witness): one ASGI application apart from the checkpoint's."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from sekisho.ledger.witness import MAX_BODY, PLAIN, Refused, Witness

log = logging.getLogger("sekisho.witness")

BODY_S = 10.0  # in which a request must have arrived


class WitnessApp:
    """Serves `POST /add-checkpoint`."""

    def __init__(self, witness: Witness, now_s: Callable[[], float] = time.time) -> None:
        self._witness = witness
        self._now_s = now_s

    def application(self) -> Starlette:
        """The application."""
        return Starlette(routes=[Route("/add-checkpoint", self.add_checkpoint, methods=["POST"])])

    async def add_checkpoint(self, request: Request) -> Response:
        """POST /add-checkpoint: 200 with a cosignature, or 400, 403, 404, 409, 422 as the specification says."""
        try:
            body = await _body(request)
            line = await asyncio.to_thread(self._witness.add_checkpoint, body, self._now_s)
        except Refused as fault:
            return Response(fault.body, fault.status, {"Content-Type": fault.kind})  # as written: no charset is added
        except sqlite3.Error as fault:
            log.critical("nothing was cosigned, for the head could not be written: %s", fault)
            return Response("the witness cannot write\n", 500, media_type=PLAIN)
        return Response(line, media_type=PLAIN)


async def _body(request: Request) -> bytes:
    """Raises `Refused`."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY:
                    raise Refused(413, "the request is too long\n")
                parts.append(part)
    except TimeoutError as fault:
        raise Refused(408, "the request did not arrive in time\n") from fault
    except ClientDisconnect as fault:
        raise Refused(400, "the request ended early\n") from fault
    return b"".join(parts)
