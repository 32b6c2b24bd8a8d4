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
    size = len(words[0])
    k0, k1 = (np.uint64(int.from_bytes(key[at : at + 8], "little")) for at in (0, 8))
    even, odd = np.empty(2 * size, np.uint64), np.empty(2 * size, np.uint64)
    v0, v1, v2, v3 = even[:size], odd[:size], even[size:], odd[size:]
    v0[:], v2[:] = k0 ^ np.uint64(0x736F6D6570736575), k0 ^ np.uint64(0x6C7967656E657261)
    v1[:], v3[:] = k1 ^ np.uint64(0x646F72616E646F6D), k1 ^ np.uint64(0x7465646279746573)
    rounds = _Rounds(even, odd)
    last = np.uint64((8 * len(words)) << 56)
    for word in (*words, last):
        v3 ^= word
        rounds.run(2)
        v0 ^= word
    v2 ^= np.uint64(0xFF)
    rounds.run(4)
    return v0 ^ v1 ^ v2 ^ v3


class _Rounds:
    """Rounds of all messages at once, in place: `even` holds their v0 and then their v2, `odd` their v1 and v3.

    What is done to two words alike is done in one operation, and how far words are turned is written out for each: for
    a few hundred messages, it is the number of operations that takes time, and operands of unlike shape.
    """

    def __init__(self, even: Words, odd: Words) -> None:
        size = len(even) // 2
        self._even, self._odd, self._free = even, odd, np.empty_like(odd)
        self._v0, self._v1, self._v2, self._v3 = even[:size], odd[:size], even[size:], odd[size:]
        self._half = self._free[:size]
        self._first, self._second = _turns(size, 13, 16), _turns(size, 17, 21)
        self._middle = _turns(size, 32)

    def run(self, count: int) -> None:
        for _ in range(count):
            np.add(self._even, self._odd, self._even)
            _turn(self._odd, self._first, self._free)
            np.bitwise_xor(self._odd, self._even, self._odd)
            _turn(self._v0, self._middle, self._half)
            np.add(self._v2, self._v1, self._v2)
            np.add(self._v0, self._v3, self._v0)
            _turn(self._odd, self._second, self._free)
            np.bitwise_xor(self._v1, self._v2, self._v1)
            np.bitwise_xor(self._v3, self._v0, self._v3)
            _turn(self._v2, self._middle, self._half)


def _turn(words: Words, shifts: tuple[Words, Words], free: Words) -> None:
    np.left_shift(words, shifts[0], free)
    np.right_shift(words, shifts[1], words)
    np.bitwise_or(words, free, words)


def _turns(size: int, *bits: int) -> tuple[Words, Words]:
    left = np.array(bits, np.uint64).repeat(size)
    return left, np.uint64(64) - left
