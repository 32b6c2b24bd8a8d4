"""What marks cost: processor time of a text's mark, and of papers for a file of each kind.

    python bench/marks.py

Files are the smallest of their kind (tests/provenance/media/samples.py), so the figures are the fixed cost: starting
the child process that opens the file, signing, and reading the result again. A file's own size comes on top, since it
is hashed, and dots and seconds, since pictures and sounds are decoded; so two sizes of both are measured as well.
"""

import io
import os
import platform
import resource
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image
from tests.provenance.media.samples import SAMPLES
from tests.provenance.media.sounds import flac, sung, wav

from sekisho.core.settings import MarksSettings
from sekisho.pipeline.identity import ulid
from sekisho.provenance.marks import Marker, stripped, suspicious
from sekisho.provenance.media.files import KINDS, Files

TEXT = "住民票は、市役所の窓口で取れます。手数料は300円です。" * 40
ROUNDS = 5


def micros(work, times):
    """Processor time of one call in microseconds, the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - began) / times)
    return best * 1e6


def texts():
    marker = Marker(os.urandom(32))
    sent = TEXT + marker.behind(TEXT, ulid(1))
    raw = TEXT.encode()
    print(f"a text of {len(TEXT)} characters, processor time")
    print(f"  make the mark                 {micros(lambda: marker.behind(TEXT, ulid(1)), 200):8.1f} µs")
    print(f"  find it, check tag and text   {micros(lambda: marker.found(sent), 200):8.1f} µs")
    print(f"  look whether a body is marked {micros(lambda: suspicious(raw), 10_000):8.2f} µs   every request")
    print(
        f"  take marks out                {micros(lambda: stripped(sent), 500):8.1f} µs   requests that may be marked"
    )
    print(
        f"  length of the mark            {len(sent) - len(TEXT):8d} characters, {len(sent.encode()) - len(raw)} bytes"
    )


def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def timed(work):
    """Median processor time in milliseconds, children included, and the last result."""
    took, done = [], None
    for _ in range(ROUNDS):
        began = used()
        done = work()
        took.append((used() - began) * 1000)
    return median(took), done


def files():
    print("\nfile    papers: processor ms   reading: processor ms   bytes added")
    with tempfile.TemporaryDirectory() as home:
        handler = Files.open(Path(home), MarksSettings())
        for end, data in SAMPLES.items():
            made, marked = timed(lambda data=data, end=end: handler.mark(data, KINDS[end], "receipt"))
            read, reading = timed(lambda marked=marked, end=end: handler.read(marked.data, KINDS[end]))
            assert reading.trusted
            print(f"{end:6} {made:15.0f} {read:22.0f} {len(marked.data) - len(data):19d}")


def pictures():
    """Of real size: they are decoded for their codes."""
    print("\npicture          papers: processor ms")
    shades = Image.frombytes("RGB", (64, 64), Random(1).randbytes(3 * 64 * 64))
    with tempfile.TemporaryDirectory() as home:
        handler = Files.open(Path(home), MarksSettings())
        for side in (1024, 4000):
            for kind in ("PNG", "JPEG"):
                out = io.BytesIO()
                shades.resize((side, side), Image.Resampling.BICUBIC).save(out, kind)
                took, _ = timed(
                    lambda out=out, kind=kind: handler.mark(out.getvalue(), f"image/{kind.lower()}", "receipt")
                )
                print(f"{side} x {side} {kind:5} {took:18.0f}")


def sounds():
    """Of real length: they are decoded for their codes."""
    print("\nsound            papers: processor ms")
    with tempfile.TemporaryDirectory() as home:
        handler = Files.open(Path(home), MarksSettings())
        for seconds in (10, 60):
            for kind, data in (("wav", wav(sung(1, seconds))), ("flac", flac(sung(1, seconds), block=20_000))):
                took, _ = timed(lambda data=data, kind=kind: handler.mark(data, f"audio/{kind}", "receipt"))
                print(f"{seconds:3} s {kind.upper():10} {took:18.0f}")


if __name__ == "__main__":
    print(f"{os.cpu_count()} processors, Python {platform.python_version()}, c2pa-python {version('c2pa-python')}\n")
    texts()
    files()
    pictures()
    sounds()
