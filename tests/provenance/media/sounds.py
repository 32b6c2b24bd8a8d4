"""Sounds with something to hear in them, always the same ones, and files of them."""

import io
import struct
import wave
from functools import cache
from pathlib import Path

import numpy as np

RATE = 16_000
MELODY = (Path(__file__).parent / "melody.mp3").read_bytes()  # sung(1), by `ffmpeg -i … -b:a 24k -map_metadata -1`


@cache
def sung(seed, seconds=6.0):
    """Notes of several lengths with overtones, and a little noise, in [-1, 1]."""
    chance = np.random.default_rng(seed)
    parts = []
    while sum(map(len, parts)) < seconds * RATE:
        time = np.arange(int(RATE * chance.uniform(0.1, 0.5))) / RATE
        hertz = 110 * 2 ** (chance.integers(0, 36) / 12)
        tones = [np.sin(2 * np.pi * hertz * over * time) * chance.uniform(0.2, 1) / over for over in (1, 2, 3)]
        parts.append(sum(tones) * np.hanning(len(time)))
    whole = np.concatenate(parts)[: int(seconds * RATE)]
    return np.clip(whole / 3 + chance.normal(0, 0.003, len(whole)), -1, 1)


def wav(samples, rate=RATE, channels=1):
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((channels, 2, rate, 0, "NONE", ""))
        sound.writeframes(np.repeat(pressed(samples), channels).tobytes())
    return out.getvalue()


def pressed(samples):
    return (np.asarray(samples) * 32_767).astype("<i2")


def resampled(samples, rate):
    at = np.arange(0, len(samples) - 1, RATE / rate)
    return np.interp(at, np.arange(len(samples)), samples)


def flac(samples, rate=RATE, block=4096):
    """FLAC (RFC 9639) whose frames hold samples as they are."""
    data = pressed(samples)
    info = struct.pack(">HH", block, block) + bytes(6) + (rate << 44 | 15 << 36 | len(data)).to_bytes(8, "big")
    frames = b""
    for number, at in enumerate(range(0, len(data), block)):
        piece = data[at : at + block]
        head = b"\xff\xf8\x70\x08" + bytes([number]) + struct.pack(">H", len(piece) - 1)  # fewer than 128 frames
        head += bytes([crc(head, 0x07, 8)])
        body = head + b"\x02" + piece.astype(">i2").tobytes()
        frames += body + struct.pack(">H", crc(body, 0x8005, 16))
    return b"fLaC\x80\0\0\x22" + info + bytes(16) + frames


def crc(data, polynomial, width):
    most, found = (1 << width) - 1, 0
    for byte in data:
        found = found << 8 & most ^ table(polynomial, width)[found >> (width - 8) ^ byte]
    return found


@cache
def table(polynomial, width):
    def one(found):
        for _ in range(8):
            found = found << 1 ^ (polynomial if found >> (width - 1) else 0)
            found &= (1 << width) - 1
        return found

    return [one(byte << (width - 8)) for byte in range(256)]
