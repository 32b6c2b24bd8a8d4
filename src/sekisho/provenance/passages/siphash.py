"""SipHash-2-4 over many short messages at once.

Source: Aumasson and Bernstein, SipHash: a fast short-input PRF, INDOCRYPT 2012. A pseudorandom function and no mere
hash: who knows texts and what was made of them still learns nothing of the key.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
KEY = 16  # bytes


def siphash(key: bytes, words: Sequence[Words]) -> Words:
    """The hash of each message; `words` holds their first 8 bytes as little-endian numbers, their second, and so on.

    Messages have a whole number of words, at most 31. `key` has 16 bytes.
    """
    k0, k1 = (np.uint64(int.from_bytes(key[at : at + 8], "little")) for at in (0, 8))
    start = np.zeros(len(words[0]), np.uint64)
    v0 = start + (k0 ^ np.uint64(0x736F6D6570736575))
    v1 = start + (k1 ^ np.uint64(0x646F72616E646F6D))
    v2 = start + (k0 ^ np.uint64(0x6C7967656E657261))
    v3 = start + (k1 ^ np.uint64(0x7465646279746573))
    last = start + np.uint64((8 * len(words)) << 56)
    for word in (*words, last):
        v3 ^= word
        _rounds(v0, v1, v2, v3, 2)
        v0 ^= word
    v2 ^= np.uint64(0xFF)
    _rounds(v0, v1, v2, v3, 4)
    return v0 ^ v1 ^ v2 ^ v3


def _rounds(v0: Words, v1: Words, v2: Words, v3: Words, count: int) -> None:
    for _ in range(count):
        _half(v0, v1, 13)
        _turn(v0, 32)
        _half(v2, v3, 16)
        _half(v0, v3, 21)
        _half(v2, v1, 17)
        _turn(v2, 32)


def _half(a: Words, b: Words, by: int) -> None:
    a += b
    _turn(b, by)
    b ^= a


def _turn(a: Words, by: int) -> None:
    high = a << np.uint64(by)
    a >>= np.uint64(64 - by)
    a |= high
