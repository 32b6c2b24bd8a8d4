"""What goes wrong, one JSON object a line on standard error."""

import logging

import orjson

from sekisho.pipeline.identity import timestamp


class Lines(logging.Formatter):
    """Tells a record without its traceback: an exception's words may hold a text."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "time": timestamp(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "event": record.name,
            "message": record.getMessage(),
        }
        return orjson.dumps(line).decode()


def write_lines() -> None:
    """Makes this process log so; harmless when it does already."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
