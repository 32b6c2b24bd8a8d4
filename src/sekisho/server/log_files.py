"""The log over HTTP, as C2SP tlog-tiles has it: checkpoint, tiles and entries. Public: they hold no personal data."""

import asyncio
import gzip

from starlette.requests import Request
from starlette.responses import Response

from sekisho.core.errors import UnknownPath
from sekisho.ledger import rotation
from sekisho.ledger.tiles import Tile
from sekisho.server.services import Services

FOR_EVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=2"
QUICK = 1  # a bundle is a few hundred KB of JSON: the fastest setting takes a third of the time for a few per cent more


class LogFiles:
    """Handlers of `GET /ledger/checkpoint`, `GET /ledger/keys` and `GET /ledger/tile/…`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def checkpoint(self, _request: Request) -> Response:
        """GET /ledger/checkpoint: the signed tree head (C2SP tlog-checkpoint), with the cosignatures there are."""
        note = await asyncio.to_thread(self._services.witnesses.note)
        return Response(note, media_type="text/plain; charset=utf-8", headers={"Cache-Control": BRIEFLY})

    async def keys(self, _request: Request) -> Response:
        """GET /ledger/keys: the history of the signing keys, one change a line, each signed by both keys."""
        found = await asyncio.to_thread(rotation.changes, self._services.ledger)
        history = b"".join(one.raw + b"\n" for one in found)
        return Response(history, media_type="application/jsonl", headers={"Cache-Control": BRIEFLY})

    async def tile(self, request: Request) -> Response:
        """GET /ledger/tile/LEVEL/INDEX: hashes of the tree, or entries where the level is `entries`."""
        return await self._sent(request, request.path_params["level"])

    async def entries(self, request: Request) -> Response:
        """GET /ledger/tile/entries/INDEX: the entries themselves, compressed for those who take that."""
        return await self._sent(request, "entries")

    async def _sent(self, request: Request, level: str) -> Response:
        try:
            tile = Tile.parse(level, request.path_params["index"])
            content = await asyncio.to_thread(self._services.ledger.tile, tile)
        except (ValueError, IndexError) as fault:
            raise UnknownPath from fault
        headers = {"Cache-Control": FOR_EVER, "X-Content-Type-Options": "nosniff"}
        if tile.level is None:
            headers["Vary"] = "Accept-Encoding"
            if _takes_gzip(request.headers.get("accept-encoding", "")):
                content = await asyncio.to_thread(gzip.compress, content, QUICK, mtime=0)
                headers["Content-Encoding"] = "gzip"
        return Response(content, media_type="application/octet-stream", headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Whether `Accept-Encoding` names gzip without a weight of zero (RFC 9110, 12.5.3)."""
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").rstrip("0") not in ("q=", "q=0.")
    return False
