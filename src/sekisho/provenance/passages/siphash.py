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
    even, odd = (np.empty((2, len(words[0])), np.uint64) for _ in range(2))  # v0 above v2, and v1 above v3
    even[0], even[1] = k0 ^ np.uint64(0x736F6D6570736575), k0 ^ np.uint64(0x6C7967656E657261)
    odd[0], odd[1] = k1 ^ np.uint64(0x646F72616E646F6D), k1 ^ np.uint64(0x7465646279746573)
    last = np.uint64((8 * len(words)) << 56)
    for word in (*words, last):
        odd[1] ^= word
        _rounds(even, odd, 2)
        even[0] ^= word
    even[1] ^= np.uint64(0xFF)
    _rounds(even, odd, 4)
    return even[0] ^ even[1] ^ odd[0] ^ odd[1]


def _rounds(even: Words, odd: Words, count: int) -> None:
    """Rounds of all messages: what a round does to two words independently is done to both at once."""
    crossed = even[::-1]  # v2 above v0
    free = np.empty_like(odd)
    for _ in range(count):
        _half(even, odd, _FIRST, free)
        _half(crossed, odd, _SECOND, free)


def _half(a: Words, b: Words, turns: tuple[Words, Words], free: Words) -> None:
    a += b
    _turn(b, turns, free)
    b ^= a
    _turn(a[0], _MIDDLE, free[0])


def _turn(words: Words, turns: tuple[Words, Words] | tuple[np.uint64, np.uint64], free: Words) -> None:
    np.left_shift(words, turns[0], out=free)
    np.right_shift(words, turns[1], out=words)
    words |= free


def _turns(first: int, second: int) -> tuple[Words, Words]:
    left = np.array([[first], [second]], np.uint64)
    return left, np.uint64(64) - left


_FIRST, _SECOND = _turns(13, 16), _turns(17, 21)
_MIDDLE = np.uint64(32), np.uint64(32)
