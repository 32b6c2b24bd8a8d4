"""Who asks from this machine: a program of whoever runs this server, or one that passes on what strangers ask?

A proxy on this machine has a loopback address, and nginx, unless told otherwise, also asks by a loopback name and says
nothing of the stranger behind it. So the address alone tells nothing. What does:

- Headers that proxies add, and HTTP/1.0, which nginx speaks by default and no browser does.
- The user to whom the other end of the connection belongs. Proxies run as users of their own. Linux tells it, for
  connections within the machine (proc(5), `/proc/net/tcp`); elsewhere nothing is known.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sekisho.server.access import LOOPBACK

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_ESTABLISHED = "01"
_PASSED_ON = frozenset((b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"cf-connecting-ip", b"true-client-ip"))


def direct(scope: Mapping[str, Any]) -> bool:
    """Whether a request came from this machine, as far as its address and its form tell."""
    client = scope["client"]
    names = (name for name, _ in scope["headers"])
    passed_on = any(name in _PASSED_ON or name.startswith(b"x-forwarded-") for name in names)
    return client is not None and client[0] in LOOPBACK and not passed_on and scope["http_version"] != "1.0"


def another_user(scope: Mapping[str, Any], *, user: int | None = None, tables: Iterable[Path] = TABLES) -> bool:
    """Whether the program that asks is known to run as somebody else than `user`; None: the user of this process.

    A connection is known by its two ports.
    """
    if scope["client"] is None or scope["server"] is None:
        return False
    ports = f":{scope['client'][1]:04X}", f":{scope['server'][1]:04X}"
    mine = os.geteuid() if user is None else user
    return any(owner != mine for table in tables for owner in _owners(table, *ports))


def _owners(table: Path, theirs: str, ours: str) -> Iterable[int]:
    try:
        with table.open(encoding="ascii") as rows:
            for row in rows:
                if theirs in row and ours in row:
                    fields = row.split()
                    local, remote, state, owner = fields[1], fields[2], fields[3], fields[7]
                    if local.endswith(theirs) and remote.endswith(ours) and state == _ESTABLISHED:
                        yield int(owner)
    except (OSError, ValueError, IndexError):
        return
