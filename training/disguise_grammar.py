"""Training lines by grammar: orders in disguise that the AI is to read and obey, and harmless texts in the same one.

Who hides an order writes it in Base64, backwards or with gaps. So do riddles, cards and logs. Sentences and what stands
around them are in training/grammar/disguise/*.yaml.
"""

import base64
import codecs
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import yaml

HERE = Path(__file__).parent / "grammar" / "disguise"
SEED = 43
ORDERS = 5  # disguises of each order
CALM = 6  # of each harmless sentence
LEET = str.maketrans("aeiostAEIOST", "431057431057")


def lines() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Text, labels and language, always the same ones in the same order."""
    for path in sorted(HERE.glob("*.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))
        chance = random.Random(f"{SEED} {path.stem}")  # noqa: S311 - no secret
        disguises = [*EVERYWHERE, *(LATIN if path.stem == "en" else JAPANESE)]
        for order, calm in zip(given["orders"], given["calm"], strict=True):
            for change in chance.sample(disguises, ORDERS):
                yield chance.choice(given["obey"]).format(code=change(order)), ("attack.obfuscation",), path.stem
            for change in chance.sample(disguises, CALM):
                yield chance.choice(given["calm_frames"]).format(code=change(calm)), (), path.stem


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _hex(text: str) -> str:
    return text.encode().hex()


def _hex_pairs(text: str) -> str:
    return text.encode().hex(" ").upper()


def _percent(text: str) -> str:
    return quote(text)


def _escapes(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


def _references(text: str) -> str:
    return "".join(f"&#{ord(one)};" for one in text)


def _backwards(text: str) -> str:
    return text[::-1]


def _gaps(text: str) -> str:
    return " ".join(text)


def _dots(text: str) -> str:
    return "・".join(text) if max(text) > "\u3000" else ".".join(text)


def _pieces(text: str) -> str:
    thirds = len(text) // 3
    parts = text[:thirds], text[thirds : 2 * thirds], text[2 * thirds :]
    return " + ".join(f'{name}="{part}"' for name, part in zip("abc", parts, strict=True))


def _column(text: str) -> str:
    return "\n".join(text.replace(" ", ""))


def _rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


def _leet(text: str) -> str:
    return text.translate(LEET)


def _words_backwards(text: str) -> str:
    return " ".join(word[::-1] for word in text.split())


def _mixed_case(text: str) -> str:
    return "".join(one.upper() if at % 2 else one.lower() for at, one in enumerate(text))


def _binary(text: str) -> str:
    return " ".join(f"{one:08b}" for one in text.encode()[:24])


def _katakana(text: str) -> str:
    return "".join(chr(ord(one) + 0x60) if "ぁ" <= one <= "ん" else one for one in text)


def _in_pairs(text: str) -> str:
    return "/".join(text[at : at + 2] for at in range(0, len(text), 2))


def _swapped(text: str) -> str:
    return "".join(text[at : at + 2][::-1] for at in range(0, len(text), 2))


EVERYWHERE: tuple[Callable[[str], str], ...] = (
    _base64, _hex, _hex_pairs, _percent, _escapes, _references, _backwards, _gaps, _dots, _pieces, _column,
)  # fmt: skip
LATIN: tuple[Callable[[str], str], ...] = (_rot13, _leet, _words_backwards, _mixed_case, _binary)
JAPANESE: tuple[Callable[[str], str], ...] = (_katakana, _in_pairs, _swapped)
