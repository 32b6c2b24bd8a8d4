"""How often is a sound known again by its codes, and how often is another one taken for it?

    python bench/sounds.py [DIRECTORY…] [--sounds 600] [--made 300] [--changed 60] [--seed 1]

Needs ffmpeg. The directories hold sounds (WAV, FLAC, MP3, Ogg; 4 s and more, of which a minute counts); nothing of them
is kept. What lies in one folder below a directory is one collection, as the prompts of one voice; melodies that are
made here are another. Each sound is compared with every other one. Some, of the directories where there are any, are
compared with themselves as they were: encoded anew, which the Audio-Code is for, or with papers put in and taken out
again by ffmpeg, titles and all, which the Data-Code is for. Pairs that are near are named, since collections hold
sounds more than once.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.provenance.media.sounds import sung, wav

from sekisho.core.settings import MarksSettings
from sekisho.provenance.media.code import HEADER, NEAR, distance, near, raw
from sekisho.provenance.media.files import KINDS, Files
from sekisho.provenance.media.payload import data_codes
from sekisho.provenance.media.sound import audio_codes
from verify import wilson

ENDS = {".wav", ".flac", ".mp3", ".ogg"}
MOST_S = 60
MADE = "made"
ANEW = {
    "MP3, 128 kbit/s": "-c:a libmp3lame -b:a 128k -f mp3",
    "MP3, 64 kbit/s": "-c:a libmp3lame -b:a 64k -f mp3",
    "MP3, 32 kbit/s": "-c:a libmp3lame -b:a 32k -f mp3",
    "AAC, 64 kbit/s": "-c:a aac -b:a 64k -f adts",
    "Opus, 32 kbit/s": "-c:a libopus -b:a 32k -f ogg",
    "telephone, 8 kHz, µ-law": "-ac 1 -ar 8000 -c:a pcm_mulaw -f wav",
    "a quarter as loud, WAV": "-af volume=0.25 -f wav",
    "a second cut off the beginning": "-ss 1 -f wav",
    "5 % faster": "-af atempo=1.05 -f wav",
}
FORMS = {".wav": "", ".flac": "", ".mp3": "-b:a 64k", ".mp4": "-c:a aac -b:a 64k"}


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound as WAV, the collection it belongs to, and its codes."""

    group: str
    name: str
    data: bytes
    codes: list[str]


def ffmpeg(data: bytes, options: str) -> bytes:
    argv = ["ffmpeg", "-v", "error", "-i", "-", *options.split(), "-"]
    return subprocess.run(argv, input=data, capture_output=True, check=True).stdout


def as_wav(data: bytes) -> bytes:
    """The first minute, with a header that knows its length, as a file has it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "sound.wav"
        argv = ["ffmpeg", "-v", "error", "-i", "-", "-map", "a:0", "-t", str(MOST_S), "-map_metadata", "-1", str(place)]
        done = subprocess.run(argv, input=data, capture_output=True, check=False)
        return place.read_bytes() if done.returncode == 0 and place.exists() else b""


def codes_of(data: bytes, mime: str = "audio/wav") -> list[str]:
    return audio_codes(data, mime) + data_codes(data)


def read(directories: list[Path], most: int, made: int, chance: random.Random) -> Iterator[Sound]:
    files = sorted(
        (path.relative_to(one).parts[0], path)
        for one in directories
        for path in one.rglob("*")
        if path.suffix.lower() in ENDS and path.is_file()
    )
    chance.shuffle(files)
    found = 0
    for group, path in files:
        if found == most:
            break
        data = as_wav(path.read_bytes())
        if data and len(codes := codes_of(data)) == 2:
            found += 1
            yield Sound(group, path.name, data, codes)
    for seed in range(made):
        data = wav(sung(1000 + seed, chance.uniform(4, 20)))
        yield Sound(MADE, str(seed), data, codes_of(data))


def again(sounds: list[Sound]) -> None:
    print(f"\n{len(sounds)} sounds, encoded anew: found by the Audio-Code")
    for name, options in ANEW.items():
        codes = [(one.codes[0], audio_codes(as_wav(ffmpeg(one.data, options)), "audio/wav")) for one in sounds]
        found = [bool(after) and near(raw(before), raw(after[0])) for before, after in codes]
        print(f"  {name:<32} {share(sum(found), len(found))}")


def stripped(sounds: list[Sound], home: Path) -> None:
    """Papers are put in, and taken out by a tool that copies sound as it is and nothing else."""
    print(f"\n{len(sounds)} sounds of every form, papers put in and taken out: found by the Data-Code")
    files = Files.open(home, MarksSettings())
    before, marked, after = home / "before", home / "marked", home / "after"
    for end, options in FORMS.items():
        found = same = 0
        for one in sounds:
            run = ["ffmpeg", "-v", "error", "-y", "-i"]
            (source := before.with_suffix(".wav")).write_bytes(one.data)
            if end != ".wav":
                subprocess.run([*run, source, *options.split(), before.with_suffix(end)], check=True)
            paper = files.mark(before.with_suffix(end).read_bytes(), KINDS[end])
            marked.with_suffix(end).write_bytes(paper.data)
            subprocess.run(
                [*run, marked.with_suffix(end), "-c", "copy", "-map_metadata", "-1", after.with_suffix(end)], check=True
            )
            bare = after.with_suffix(end).read_bytes()
            code = data_codes(bare)[0]
            found += near(raw(paper.codes[-1]), raw(code))
            same += paper.codes[-1] == code
            assert not files.read(bare, KINDS[end]).found.present
        print(f"  {end[1:].upper():<32} {share(found, len(sounds))}   the very same code {same / len(sounds):.1%}")


def others(sounds: list[Sound]) -> None:
    groups = np.array([one.group for one in sounds])
    for kind, place in (("Audio-Code", 0), ("Data-Code", -1)):
        table = np.frombuffer(b"".join(raw(one.codes[place])[HEADER:] for one in sounds), np.uint64).reshape(-1, 4)
        print(f"\ndifferent sounds, by the {kind}: pairs that count as the same, and how many bits they are apart")
        for name in (*sorted(set(groups.tolist())), "of two collections"):
            apart, pairs = _apart(table, groups, name)
            if not len(apart):
                continue
            hits = [pair for pair in pairs if near(*(raw(sounds[one].codes[place]) for one in pair))]
            counts = "  ".join(f"≤ {most}: {int((apart <= most).sum())}" for most in (24, 32, 40, 48, 56))
            print(f"  {name:<32} {share(len(hits), len(apart))} of {len(apart)} pairs   {counts}")
            for one, other in hits[:20]:
                bits = distance(sounds[one].codes[place], sounds[other].codes[place])
                print(f"      {bits:3} {sounds[one].name}  {sounds[other].name}")


def _apart(
    table: NDArray[np.uint64], groups: NDArray[np.str_], name: str
) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """The distances of all pairs within a collection, or of all pairs of two, and the nearest of them."""
    found: list[NDArray[np.int64]] = []
    close: list[tuple[int, int]] = []
    for at in range(1, len(table)):
        wanted = (
            groups[:at] != groups[at] if name == "of two collections" else (groups[:at] == name) & (groups[at] == name)
        )
        bits = np.bitwise_count(table[:at][wanted] ^ table[at]).sum(axis=1, dtype=np.int64)
        found.append(bits)
        close += [(at, int(other)) for other in np.flatnonzero(wanted)[bits <= max(NEAR.values())]]
    return np.concatenate([np.empty(0, np.int64), *found]), close


def share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits / max(1, of):8.3%} [{low:.4%}, {high:.4%}]"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="*", type=Path, metavar="DIRECTORY")
    parser.add_argument("--sounds", type=int, default=600)
    parser.add_argument("--made", type=int, default=300)
    parser.add_argument("--changed", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    sounds = list(read(asked.directories, asked.sounds, asked.made, random.Random(asked.seed)))
    real = [one for one in sounds if one.group != MADE] or sounds
    some = random.Random(asked.seed).sample(real, min(asked.changed, len(real)))
    others(sounds)
    again(some)
    with tempfile.TemporaryDirectory() as home:
        stripped(some, Path(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
