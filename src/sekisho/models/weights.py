"""Model files, trusted by their digest and by nothing else.

The catalogue (`weights.yaml`) names the models that come inside packages. Their files are found through the metadata of
the installed packages; the packages are never imported, since nobody vouches for their code.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from pathlib import Path, PurePosixPath

import msgspec

from sekisho.core.language import Language
from sekisho.core.located import read
from sekisho.models.faults import WeightsAltered, WeightsMissing, WeightsUnwritable

Report = Callable[[float], None]
"""Told how much is done, in [0, 1]."""

CATALOGUE = Path(__file__).with_name("weights.yaml")
CHUNK_BYTES = 4 << 20
SPARE_BYTES = 64 << 20


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One package and the file in it: `file` is the end of its path inside the package."""

    package: str
    version: str
    file: str
    wheel_sha256: str


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model of the catalogue.

    Attributes:
        model: the name it has for callers.
        bytes: exact size of the whole file.
        sha256: digest of the whole file, which is the parts one after another.
        memory_bytes: free memory that running it asks for.
    """

    model: str
    title: str
    maker: str
    licence: str
    languages: dict[Language, str]
    bytes: int
    sha256: str
    memory_bytes: int
    parts: tuple[Part, ...]


def catalogue(file: Path = CATALOGUE) -> dict[str, Weights]:
    """The models that come inside packages, by size (`large`, `small`). Raises `ConfigurationError`."""
    return read(file).into(dict[str, Weights])


def locate(part: Part, search: Sequence[str] | None = None) -> Path:
    """The installed file of a part. `search` replaces `sys.path`.

    Raises `WeightsMissing` when the package, that version of it, or the file is not installed.
    """
    wanted = PurePosixPath(part.file).parts
    for distribution in _distributions(part.package, sys.path if search is None else search):
        if distribution.version != part.version:
            continue
        for file in distribution.files or ():
            if file.parts[-len(wanted) :] == wanted:
                path = Path(str(distribution.locate_file(file)))
                if path.is_file():
                    return path
    raise WeightsMissing(what=f"{part.package} {part.version}")


def assembled(weights: Weights, directory: Path) -> Path:
    """Where the whole file of a model in several parts lies, whether or not it is there yet."""
    return directory / f"{weights.sha256}.gguf"


def available(weights: Weights, directory: Path, search: Sequence[str] | None = None) -> bool:
    """Whether the file could be had now: it is assembled already, or every part is installed."""
    if len(weights.parts) > 1 and assembled(weights, directory).is_file():
        return True
    try:
        for part in weights.parts:
            locate(part, search)
    except WeightsMissing:
        return False
    return True


def assemble(
    weights: Weights, directory: Path, *, search: Sequence[str] | None = None, report: Report = lambda _share: None
) -> Path:
    """The whole file of a model: the installed file itself, or the parts joined in `directory`.

    The joined file appears under its name only when it is whole, on disk, and has the pinned size and digest; on any
    fault nothing is left behind. Two processes may do this at once: one works, the other waits for it. A file that is
    there already is handed out as it is, so call `verified` before loading it.

    Raises `WeightsMissing`, `WeightsAltered`, `WeightsUnwritable`.
    """
    if len(weights.parts) == 1:
        return locate(weights.parts[0], search)
    target = assembled(weights, directory)
    if target.is_symlink():
        raise WeightsUnwritable(where=target, why="symbolic link", megabytes=_megabytes(weights))
    if target.is_file():
        return target
    sources = [locate(part, search) for part in weights.parts]
    try:
        _join(weights, sources, target, report)
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        raise WeightsUnwritable(where=target, why=why, megabytes=_megabytes(weights)) from fault
    return target


def verified(path: Path, sha256: str, *, report: Report = lambda _share: None) -> Path:
    """`path`, after its bytes were found to have this digest.

    Raises `WeightsMissing` when there is no readable file, `WeightsAltered` when it holds other bytes.
    """
    if _digest([path], report) != sha256.lower():
        raise WeightsAltered(what=path, expected=sha256)
    return path


def examined(
    weights: Weights, directory: Path, *, search: Sequence[str] | None = None, report: Report = lambda _share: None
) -> list[Path]:
    """The file of a model, or its parts where they are not joined yet, after they were found to have the digest.

    Writes nothing. Raises as `verified` does.
    """
    whole = assembled(weights, directory)
    if len(weights.parts) > 1 and whole.is_file():
        return [verified(whole, weights.sha256, report=report)]
    files = [locate(part, search) for part in weights.parts]
    if _digest(files, report) != weights.sha256:
        raise WeightsAltered(what=weights.title, expected=weights.sha256)
    return files


def _digest(files: Sequence[Path], report: Report) -> str:
    digest = hashlib.sha256()
    done = 0
    try:
        size = max(1, sum(file.stat().st_size for file in files))
        for chunk in _chunks(files):
            digest.update(chunk)
            done += len(chunk)
            report(min(1.0, done / size))
    except OSError as fault:
        raise WeightsMissing(what=f"{fault.filename} ({fault.strerror})") from fault
    return digest.hexdigest()


def _distributions(package: str, search: Sequence[str]) -> Iterator[Distribution]:
    context = DistributionFinder.Context(name=package, path=list(search))
    yield from MetadataPathFinder.find_distributions(context)


def _join(weights: Weights, sources: Sequence[Path], target: Path, report: Report) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _claimed(target.with_suffix(".partial")) as (file, partial):
        if target.is_file():  # the process that we waited for has made it
            return
        if shutil.disk_usage(target.parent).free < weights.bytes + SPARE_BYTES:
            raise WeightsUnwritable(where=target, why="disk full", megabytes=_megabytes(weights))
        digest = hashlib.sha256()
        done = 0
        os.ftruncate(file, 0)
        for chunk in _chunks(sources):
            digest.update(chunk)
            done += len(chunk)
            _write(file, chunk)
            report(min(1.0, done / weights.bytes))
        if done != weights.bytes or digest.hexdigest() != weights.sha256:
            raise WeightsAltered(what=weights.title, expected=weights.sha256)
        os.fsync(file)
        partial.rename(target)
    _sync_directory(target.parent)


@contextmanager
def _claimed(partial: Path) -> Generator[tuple[int, Path]]:
    """Holds the working file for one process; whatever is left under its name afterwards is removed."""
    file = _lock(partial)
    try:
        yield file, partial
    finally:
        if _same_file(file, partial):
            partial.unlink()
        os.close(file)


def _lock(partial: Path) -> int:
    while True:
        file = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        if _same_file(file, partial):
            return file
        os.close(file)  # its former holder renamed or removed it while we waited


def _same_file(file: int, path: Path) -> bool:
    try:
        named = path.lstat()
    except FileNotFoundError:
        return False
    opened = os.fstat(file)
    return stat.S_ISREG(named.st_mode) and (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)


def _chunks(sources: Sequence[Path]) -> Iterator[bytes]:
    for source in sources:
        with source.open("rb") as part:
            while chunk := part.read(CHUNK_BYTES):
                yield chunk


def _write(file: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(file, view) :]


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _megabytes(weights: Weights) -> int:
    return (weights.bytes + SPARE_BYTES) // 1_000_000
