"""Worker processes on one socket: the server is open once all of them are."""

import os
import signal
import sys
from collections.abc import Sequence
from copy import copy
from functools import partial
from multiprocessing import Pipe
from socket import socket
from typing import Any

import click
import uvicorn
from uvicorn.importer import import_from_string
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from sekisho.cli.main import DONE, FAULT, language_of, told
from sekisho.core.errors import SekishoError
from sekisho.core.language import Bilingual

LOOK_S = 0.1


class Workers(Multiprocess):
    """Starts the processes, and starts again those that die.

    That the workers open is also the check of the configuration, so this process holds no services of its own. Each
    has a pipe over which it says that it is open, or why not; the pipe of one that dies without a word ends with it.
    """

    def __init__(self, config: uvicorn.Config, listener: socket) -> None:
        """Starts nothing yet, but takes over the signals that end the server.

        `config.app` is the factory of the application, as `module:function`.
        """
        super().__init__(config, [listener])

    def open(self) -> None:
        """Starts all, and returns once all are open.

        Raises `click.exceptions.Exit` when one cannot open or a signal came; then all have ended, and why is told.
        """
        said: set[str] = set()
        for process, report in [self._start() for _ in range(self.processes_num)]:
            while not report.poll(LOOK_S):
                if {signal.SIGINT, signal.SIGTERM}.intersection(self.signal_queue):
                    self._give_up(DONE)
            sentence, code = _heard(report, process)
            if sentence and sentence not in said:
                click.echo(sentence, err=True)
                said.add(sentence)
            if code != DONE:
                self._give_up(code)

    def init_processes(self) -> None:
        """Nothing: `open` has started them. Whoever dies later is replaced by one that reports to nobody."""

    def _start(self) -> tuple[Process, Any]:
        report, workers_end = Pipe(duplex=False)
        config = copy(self.config)
        config.app = partial(reporting, config.app, workers_end)
        process = Process(config, self.sockets)
        process.start()
        workers_end.close()  # so that the pipe ends with the worker
        self.processes.append(process)
        return process, report

    def _give_up(self, code: int) -> None:
        for process in self.processes:
            process.kill()  # nothing is under way, and one that waits for a lock would not hear anything milder
        self.join_all()
        raise click.exceptions.Exit(code)


def reporting(factory: Any, report: Any) -> Any:
    """In a worker: the application that `factory` makes, after telling over the pipe that it is open, or why not.

    With it goes what the operator should know, the application's `warnings`.
    """
    language = language_of(sys.argv[1:], os.environ)
    try:
        application = import_from_string(factory)()
    except SekishoError as fault:
        sentence, code = told(fault, language)
        report.send((sentence, code))
        sys.exit(code)
    warnings: Sequence[Bilingual] = getattr(application, "warnings", ())
    report.send(("\n".join(warning[language] for warning in warnings), DONE))
    report.close()
    return application


def _heard(report: Any, process: Process) -> tuple[str, int]:
    """What a worker told, and its exit code or `DONE`. One that died has said on standard error what there was."""
    try:
        return report.recv()
    except EOFError:
        process.join()
        return "", process.exitcode if process.exitcode and process.exitcode > 0 else FAULT
    finally:
        report.close()
