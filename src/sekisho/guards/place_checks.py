"""Checks of places: addresses in Japan, positions on the globe, number plates, which begin with a place."""

import re

from sekisho.guards.checks import Check

_NOT_AN_ADDRESS = re.compile(
    r"[市区町村郡](?:が|の|で|に|と|も|は|へ|を)|は[0-9一-龥]|[をへ]|から|まで|では|には|です|ます|した|年度|人口|における|について|[国県]道[0-9]"
    r"|(?:19|20)[0-9]{2}-(?:19|20)?[0-9]{2}(?![0-9])"
    r"|[がでにとも][0-9]|市 ?(?:[一-龥] )?[ぁ-ん] [0-9]|午[前後]|毎[日週月年]|年[0-9]"
)
_PREFECTURE = re.compile("北海道|東京都|大阪府|京都府|..県|..[^府県]県")
_BLOCKS_ONLY = re.compile(r".*?[市区町村郡][^0-9]*[0-9〇一二三四五六七八九十]+丁目")
_STRONG_BLOCK = re.compile(r"丁目|番|号|条|線|[0-9一二三四五六七八九]\s?[-‐−ーの]\s?[0-9一二三四五六七八九]")


def address_ja(text: str) -> float | None:
    """A Japanese address with a block number; not a sentence about a town with a number in it.

    A district (丁目) alone is rather where something happened than where somebody lives.
    """
    if _NOT_AN_ADDRESS.search(text):
        return None
    if not _PREFECTURE.match(text) and not _STRONG_BLOCK.search(text):
        return None
    return 0.4 if _BLOCKS_ONLY.fullmatch(text) and "条" not in text else 0.95


_NO_BLOCK = re.compile(
    r"から|まで|では|には|です|ます|した|[がでにとも][0-9]|築[0-9]|[国県]道|平成|昭和|令和|明治|大正|(?:19|20)[0-9]{2}$|第[0-9]"
)


def section_ja(text: str) -> float | None:
    """An address in a section (字), which may end in a mere number."""
    return None if _NOT_AN_ADDRESS.search(text) else 0.85


_NO_PLACE = re.compile(
    "人口|総会|大会|議[会員]|役場|会館|公民館|小学校|中学校|号線|内線|選|杯|戦|第$|前?年|予算|定員|世帯|全部?$"
)
_YEAR = re.compile("(?:19|20)[0-9]{2}$")


def town_ja(text: str) -> float | None:
    """A place in a town of a city with a mere number; not a year, a result, a public house."""
    return None if _NO_PLACE.search(text) or _YEAR.search(text) else 0.75


def labelled_address_ja(text: str) -> float | None:
    """An address that its context calls one: it may end in a mere number."""
    return None if _NO_BLOCK.search(text) else 0.82


def location(text: str) -> float | None:
    """Latitude and longitude in decimal degrees, not near the origin, where pairs of fractions fall.

    Set apart by a mere space or a slash, only a place in Japan is told from any two figures.
    """
    latitude, longitude = (float(part.replace(" ", "")) for part in re.findall("-? ?[0-9]+[.][0-9]+", text))
    if abs(latitude) > 90 or abs(longitude) > 180 or abs(latitude) < 5 or abs(longitude) < 5:
        return None
    if 20 <= latitude <= 46 and 122 <= longitude <= 154:
        return 0.9
    if len(re.findall("[.][0-9]{3,}", text)) < 2:
        return None
    return 0.7 if re.search("[,、NE]", text) else None


_EXACT = re.compile(r"[秒″\"]|\.[0-9]{3,}")


def exact_degrees(text: str) -> float | None:
    """A position to the second or the thousandth of a degree; minutes alone name a mountain or a town."""
    return 0.9 if _EXACT.search(text) else 0.4


def place_code(text: str) -> float | None:
    """An Open Location Code with digits and letters, or three words of what3words."""
    code = text.partition("+")[0]
    return 0.85 if "+" not in text or (re.search("[A-Z]", code) and re.search("[0-9]", code + text[-2:])) else None


_PLATE = re.compile("[0-9A-Z]{2,3} ?[ぁ-んA-Z] ?[0-9・.-]+|.*[市区町村] ?[ぁ-ん] ?[0-9・.-]+")


def license_plate(text: str) -> float | None:
    """A plate with its class of three signs, or one that a town gave to a small motorcycle."""
    return 0.9 if _PLATE.search(text) else None


CHECKS: dict[str, Check] = {
    "address_ja": address_ja,
    "section_ja": section_ja,
    "labelled_address_ja": labelled_address_ja,
    "town_ja": town_ja,
    "location": location,
    "exact_degrees": exact_degrees,
    "place_code": place_code,
    "license_plate": license_plate,
}
