import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.passages.siphash import siphash

KEY = bytes(range(16))
MASK = (1 << 64) - 1


def plain(key, message):
    """SipHash-2-4 as its paper says it, one message at a time."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turned(value, by):
        return (value << by | value >> (64 - by)) & MASK

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = turned(v[1], 13) ^ v[0]
            v[0] = turned(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = turned(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = turned(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = turned(v[1], 17) ^ v[2]
            v[2] = turned(v[2], 32)

    padded = message + bytes(-(len(message) + 1) % 8) + bytes([len(message) & 255])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def test_the_vectors_of_its_authors_come_out():
    """vectors_sip64 of the reference implementation: messages 00 01 02 … of 0 and of 8 bytes under the key 00 … 0f."""
    assert plain(KEY, b"").to_bytes(8, "little").hex() == "310e0edd47db6f72"
    word = np.array([int.from_bytes(bytes(range(8)), "little")], np.uint64)
    assert siphash(KEY, [word]).tobytes().hex() == "62" + "24939a79f5f593"


@given(st.binary(min_size=16, max_size=16), st.lists(st.tuples(*[st.integers(0, MASK)] * 4), min_size=1, max_size=5))
def test_many_at_once_are_hashed_as_one_at_a_time(key, messages):
    words = [np.array(column, np.uint64) for column in zip(*messages, strict=True)]
    each = [plain(key, b"".join(word.to_bytes(8, "little") for word in message)) for message in messages]
    assert siphash(key, words).tolist() == each
