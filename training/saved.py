"""Writes weights as `numpy.load` reads them, in as little room as zip's usual method can."""

import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What repeats in weights is chance, and to say where it stood before takes more room than to say it again.
STRATEGIES = (zlib.Z_HUFFMAN_ONLY, zlib.Z_DEFAULT_STRATEGY)


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """As `numpy.savez_compressed`, each array by the strategy of DEFLATE that takes least room for it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in arrays.items():
            written = BytesIO()
            np.lib.format.write_array(written, np.asarray(array), allow_pickle=False)
            data = written.getvalue()
            best = min(STRATEGIES, key=lambda strategy: len(_packed(data, strategy)))
            entry = zipfile.ZipInfo(f"{name}.npy")  # with no date: the same weights make the same file
            entry.compress_type = zipfile.ZIP_DEFLATED
            with file.open(entry, "w") as member:
                member._compressor = _compressor(best)  # zipfile has no way to say it
                member.write(data)


def _packed(data: bytes, strategy: int) -> bytes:
    packing = _compressor(strategy)
    return packing.compress(data) + packing.flush()


def _compressor(strategy: int) -> Any:
    return zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL + 1, strategy)
