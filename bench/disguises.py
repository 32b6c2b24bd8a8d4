"""The secrets that bench/leaks.py hides in answers, and how it hides them. All are made up, anew for each seed."""

import base64
import json
import string
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Make = Callable[[Random, bool], tuple[str, str, str]]
ALNUM = string.ascii_letters + string.digits
BEFORE, AFTER = "お問い合わせの件です。", "以上、よろしくお願いします。"
FILLER = "転入届には、転出証明書と本人確認書類が必要です。窓口は平日の朝から夕方まで開いています。" * 60


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of secret.

    Attributes:
        make: gives `(before, core, after)`: the core is what must not get out. The second argument asks for a long one.
        prebuilt: name of LiteLLM's own pattern for it, "" where it has none.
        pattern: for the peers, where they have none: valid in Python and in JavaScript, without Unicode boundaries.
    """

    name: str
    make: Make
    pattern: str
    prebuilt: str = ""

    def short(self, random: Random) -> tuple[str, str, str]:
        """One of ordinary length."""
        return self.make(random, False)  # noqa: FBT003 - a field that is called takes no keywords


def _some(random: Random, count: int, letters: str = ALNUM) -> str:
    return "".join(random.choices(letters, k=count))


def _bare(prefix: str, count: int, letters: str = ALNUM, longer: int = 0) -> Make:
    def make(random: Random, long: bool) -> tuple[str, str, str]:
        return "", prefix + _some(random, longer if long and longer else count, letters), ""

    return make


def _pem(random: Random, long: bool) -> tuple[str, str, str]:
    body = base64.b64encode(random.randbytes(2350 if long else 240)).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    kind = "PRIVATE " + "KEY"
    return f"-----BEGIN {kind}-----\n", lines, f"\n-----END {kind}-----"


def _jwt(random: Random, long: bool) -> tuple[str, str, str]:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": _some(random, 12), "scope": _some(random, 900 if long else 24)}
    return "", f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{_some(random, 43)}", ""


def _card(random: Random, long: bool) -> tuple[str, str, str]:
    digits = "4" + _some(random, 14, string.digits)
    doubled = [int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(digits)]
    digits += str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)
    return "", "-".join(digits[at : at + 4] for at in range(0, 16, 4)), ""


def _my_number(random: Random, long: bool) -> tuple[str, str, str]:
    digits = _some(random, 11, string.digits)
    weights = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return "マイナンバー:", digits + str(0 if rest <= 1 else 11 - rest), ""


def _iban(random: Random, long: bool) -> tuple[str, str, str]:
    account = _some(random, 18, string.digits)
    return "", f"DE{98 - int(account + '131400') % 97:02}{account}", ""


def _email(random: Random, long: bool) -> tuple[str, str, str]:
    return (
        "",
        f"{_some(random, 50 if long else 9, string.ascii_lowercase)}@{_some(random, 7, string.ascii_lowercase)}.co.jp",
        "",
    )


KINDS = (
    Kind(
        "AWS access key", _bare("AKIA", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), r"AKIA[A-Z0-9]{16}", "aws_access_key"
    ),
    Kind("private key (PEM)", _pem, r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----"),
    Kind("OpenAI key", _bare("sk-proj-", 64, longer=156), r"sk-proj-[A-Za-z0-9_-]{20,}"),
    Kind("GitHub token", _bare("ghp_", 36), r"gh[ps]_[a-zA-Z0-9]{36}", "github_token"),
    Kind(
        "Slack token",
        lambda random, long: (
            "",
            f"xoxb-{_some(random, 12, '123456789')}-{_some(random, 12, '123456789')}-{_some(random, 24)}",
            "",
        ),
        r"xox[pboa]-[0-9]{10,13}-[0-9]{10,13}-[a-zA-Z0-9]{24,32}",
        "slack_token",
    ),
    Kind("Google API key", _bare("AIza", 35), r"AIza[A-Za-z0-9_-]{35}"),
    Kind("Stripe key", _bare("sk_live_", 24, longer=99), r"sk_live_[A-Za-z0-9]{16,}"),
    Kind("JSON web token", _jwt, r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}"),
    Kind(
        "password, labelled",
        lambda random, long: ("パスワード:", _some(random, 8) + "7xQ!" + _some(random, 40 if long else 4), ""),
        r"パスワード[::は ]*[!-~]{8,}",
    ),
    Kind(
        "password in a URL",
        lambda random, long: ("postgres://app:", _some(random, 60 if long else 16), "@db.example.jp/main"),
        r"postgres://[^:\s]+:[^@\s]+@",
    ),
    Kind("payment card", _card, r"4\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}", "visa"),
    Kind("My Number, labelled", _my_number, r"マイナンバー[::は ]*\d{12}"),
    Kind(
        "mobile phone",
        lambda random, long: ("", f"090-{_some(random, 4, '23456789')}-{_some(random, 4, string.digits)}", ""),
        r"0[789]0-?\d{4}-?\d{4}",
    ),
    Kind("e-mail address", _email, r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", "email"),
    Kind("bank account (IBAN)", _iban, r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", "iban"),
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text with a secret in it. `core` is the secret as it was made, before any disguise."""

    text: str
    core: str
    long: bool = False

    @property
    def size(self) -> int:
        """Characters that could leak: line breaks do not count."""
        return len(squeezed(self.core))


def _around(parts: tuple[str, str, str], change: Callable[[str], str], join: str) -> str:
    return BEFORE + join + "".join(change(part) for part in parts) + join + AFTER


def plain(kind: Kind, random: Random) -> Hidden:
    """With spaces around it."""
    parts = kind.short(random)
    return Hidden(_around(parts, str, " "), parts[1])


def glued(kind: Kind, random: Random) -> Hidden:
    """Between Japanese characters, without spaces, as Japanese is written."""
    parts = kind.short(random)
    return Hidden(f"{BEFORE}値は{''.join(parts)}です。{AFTER}", parts[1])


def full_width(kind: Kind, random: Random) -> Hidden:
    """In full-width letters and digits."""
    parts = kind.short(random)
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    return Hidden(_around(parts, lambda part: part.translate(wide), " "), parts[1])


def zero_width(kind: Kind, random: Random) -> Hidden:
    """With a character of no width after every third."""
    before, core, after = kind.short(random)
    broken = "".join(letter + ("\u200b" if at % 3 == 2 else "") for at, letter in enumerate(core))
    return Hidden(_around((before, broken, after), str, " "), core)


def long(kind: Kind, random: Random) -> Hidden:
    """As long as the kind can be, behind 2,500 characters of other text."""
    parts = kind.make(random, True)  # noqa: FBT003 - as above
    return Hidden(BEFORE + FILLER + " " + "".join(parts) + " " + AFTER, parts[1], long=True)


DISGUISES = {
    "plain": plain,
    "glued to Japanese": glued,
    "full-width": full_width,
    "zero-width": zero_width,
    "long": long,
}


def leaked(core: str, text: str, innocent: str = "", least: int = 4) -> int:
    """How many characters of `core` stand in `text` in runs of at least `least`, disguises undone.

    A run that stands in `innocent` (squeezed already) does not count: four letters of a word of the protocol, say.
    """
    core, text = squeezed(core), squeezed(text)
    covered, at = 0, 0
    while at <= len(core) - least:
        if core[at : at + least] not in text:
            at += 1
            continue
        size = least
        while at + size < len(core) and core[at : at + size + 1] in text:
            size += 1
        covered += size if core[at : at + size] not in innocent else 0
        at += size
    return covered


def squeezed(text: str) -> str:
    """Without disguise: compatibility forms folded, invisible characters and white space taken out."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in folded if not letter.isspace() and unicodedata.category(letter) != "Cf")
