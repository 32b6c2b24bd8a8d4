"""The process beside the server that finds texts again: how it is started."""

import os
import sys

import msgspec

from sekisho.core.settings import Settings
from sekisho.models.embedded import ENVIRONMENT
from sekisho.models.supervisor import Program, Supervisor

LOG = "verifier.log"


def socket_name(settings: Settings) -> str:
    """The name of its socket for a server that starts now; empty where texts are not to be looked up."""
    return f"verifier-{os.getpid()}.sock" if settings.verifier.texts and sys.platform != "win32" else ""


def supervisor(settings: Settings, socket: str) -> Supervisor:
    """Keeps it running, once started: it is started again when it dies, and ends with this process."""
    job = {
        "home": str(settings.directory),
        "database": settings.database,
        "socket": socket,
        "per_address": settings.verifier.lookups_per_minute,
        "total": settings.verifier.total_per_minute,
    }
    argv = (sys.executable, "-P", "-m", "sekisho.server.seeker")
    environ = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    return Supervisor(Program(argv, msgspec.json.encode(job), settings.directory / LOG, environ))
