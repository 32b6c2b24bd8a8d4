"""Identifiers and times of exchanges."""

import time
from functools import lru_cache

from sekisho.core.entropy import ENTROPY

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_OF_TIME = tuple(range(30, -1, -10))
_OF_BYTE = (_DIGITS * 8).encode()  # the digit that the last five bits of a byte make


def ulid(milliseconds: int) -> str:
    """A ULID: 48 bits of Unix time in milliseconds, then 80 random bits, in Crockford's base 32.

    Source: github.com/ulid/spec. Two made in the same millisecond are in no particular order.
    """
    chance = ENTROPY.take(16).translate(_OF_BYTE).decode()
    return f"{_begun(milliseconds >> 10)}{_PAIRS[milliseconds & 1023]}{chance}"


@lru_cache(maxsize=4)
def _begun(number: int) -> str:
    """The first eight characters, of the first 38 bits."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in _OF_TIME])


def timestamp(milliseconds: int) -> str:
    """Unix milliseconds as RFC 3339 in UTC, e.g. `2026-04-01T09:00:00.000Z`."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_to_the_second(seconds)}.{rest:03}Z"


@lru_cache(maxsize=4)
def _to_the_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
