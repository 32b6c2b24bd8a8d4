"""How often is a picture known again by its codes, and how often is another one taken for it?

    python bench/pictures.py DIRECTORY… [--pictures 600] [--seed 1]

The directories hold pictures (PNG, JPEG, WebP; at least 200 dots high and wide, 60 kB); nothing of them is kept. What
lies in one folder below a directory is one work, and pairs of different works are compared. Each picture is then
encoded anew in several ways and compared with itself as it was. Both codes of `provenance/media/image.py` count, as in
the look-up; for the sake of comparison the share is printed that the code of the standard finds alone.
"""

import argparse
import io
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from sekisho.provenance.media.code import IMAGE, NEAR, distance
from sekisho.provenance.media.image import image_codes
from verify import wilson

LEAST, MOST, SIDE = 200, 12_000_000, 1600
SMALLEST = 60_000  # bytes
PER_WORK = 60
KINDS = {".png", ".jpg", ".jpeg", ".webp"}
Change = Callable[[Image.Image], tuple[Image.Image, str, dict[str, int]]]

CHANGES: dict[str, Change] = {
    "JPEG, quality 90": lambda image: (image, "JPEG", {"quality": 90}),
    "JPEG, quality 50": lambda image: (image, "JPEG", {"quality": 50}),
    "JPEG, quality 20": lambda image: (image, "JPEG", {"quality": 20}),
    "WebP, quality 60": lambda image: (image, "WEBP", {"quality": 60}),
    "half the size, PNG": lambda image: (_scaled(image, 2), "PNG", {}),
    "a quarter of the size, JPEG 70": lambda image: (_scaled(image, 4), "JPEG", {"quality": 70}),
    "15 % brighter, JPEG 80": lambda image: (
        image.point(lambda value: min(255, value * 115 // 100)),
        "JPEG",
        {"quality": 80},
    ),
    "2 % cut off each side, PNG": lambda image: (_cropped(image, 50), "PNG", {}),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, the work it belongs to, and its codes."""

    work: str
    image: Image.Image
    codes: list[str]


def _scaled(image: Image.Image, by: int) -> Image.Image:
    return image.resize((image.width // by, image.height // by))


def _cropped(image: Image.Image, part: int) -> Image.Image:
    wide, high = image.width // part, image.height // part
    return image.crop((wide, high, image.width - wide, image.height - high))


def encoded(image: Image.Image, kind: str, **more: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def apart(one: list[str], other: list[str]) -> int:
    return min((distance(first, second) for first in one for second in other), default=256)


def read(directories: list[Path], most: int, chance: random.Random) -> list[Picture]:
    files = sorted((one, path) for one in directories for path in one.rglob("*") if path.suffix.lower() in KINDS)
    chance.shuffle(files)
    found: list[Picture] = []
    works: dict[str, int] = {}
    for directory, path in files:
        work = path.relative_to(directory).parts[0]
        if len(found) == most:
            break
        if not path.is_file() or path.is_symlink() or path.stat().st_size < SMALLEST or works.get(work, 0) == PER_WORK:
            continue
        image = opened(path)
        codes = image_codes(encoded(image, "PNG"), "image/png") if image is not None else []
        if image is not None and codes:
            works[work] = works.get(work, 0) + 1
            found.append(Picture(work, image, codes))
    return found


def opened(path: Path) -> Image.Image | None:
    try:
        with Image.open(path) as image:
            if min(image.size) < LEAST or image.width * image.height > MOST:
                return None
            turned = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError):
        return None
    flat = Image.alpha_composite(Image.new("RGBA", turned.size, "white"), turned).convert("RGB")
    flat.thumbnail((SIDE, SIDE))
    return flat


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+", type=Path, metavar="DIRECTORY")
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    pictures = read(asked.directories, asked.pictures, random.Random(asked.seed))
    works = {one.work for one in pictures}
    print(f"{len(pictures)} pictures of {len(works)} works, up to {NEAR[IMAGE]} of 256 bits apart")
    for name, change in CHANGES.items():
        found = alone = 0
        for one in pictures:
            image, kind, more = change(one.image)
            codes = image_codes(encoded(image, kind, **more), f"image/{kind.lower()}")
            found += apart(one.codes, codes) <= NEAR[IMAGE]
            alone += apart(one.codes[:1], codes[:1]) <= NEAR[IMAGE]
        print(f"  {name:<32} found {_share(found, len(pictures))}   standard's code alone {alone / len(pictures):.1%}")
    pairs = [(one, other) for at, one in enumerate(pictures) for other in pictures[:at] if one.work != other.work]
    wrong = sum(apart(one.codes, other.codes) <= NEAR[IMAGE] for one, other in pairs)
    print(
        f"  pictures of different works taken for the same: {wrong} of {len(pairs)} pairs {_share(wrong, len(pairs))}"
    )
    return 0


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits / of:7.2%} [{low:.3%}, {high:.3%}]"


if __name__ == "__main__":
    sys.exit(main())
