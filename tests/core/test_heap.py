import gc
import subprocess
import sys

import pytest

from sekisho.core import heap

# In processes of their own, since malloc's bounds hold for a whole process.
HOLES = """
import ctypes, sys
from sekisho.core import heap

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
if sys.argv[1] == "mapped":
    heap.map_large()
large = [16 << 20, 12 << 20]
for size in large * 2:  # the second time, glibc has learnt from the first
    pieces = [libc.malloc(size), libc.malloc(4096)]
    libc.free(pieces[0])
heap.give_back()
print(libc.mallinfo2().arena)
"""


def test_large_pieces_leave_no_holes():
    heaps = {
        way: int(subprocess.run([sys.executable, "-c", HOLES, way], check=True, capture_output=True).stdout)
        for way in ("mapped", "as ever")
    }
    assert heaps["mapped"] < heaps["as ever"] - (8 << 20)


def test_garbage_is_looked_for_again_afterwards_whatever_happens():
    def fails():
        with heap.uncollected():
            assert not gc.isenabled()
            with heap.uncollected():
                pass
            assert not gc.isenabled()
            raise KeyError

    assert gc.isenabled()
    with pytest.raises(KeyError):
        fails()
    assert gc.isenabled()
