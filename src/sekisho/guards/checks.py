"""Checks of what the rules for personal data find: check digits, issuers, area codes.

Each takes the text that a rule found, in the normalised view, and returns the score of the finding, or None when it
is none. Digits may be written in kanji and with any separators.
"""

import ipaddress
import re
from collections.abc import Callable

Check = Callable[[str], float | None]

_KANJI = str.maketrans("〇零一二三四五六七八九", "00123456789")
_BETWEEN_DIGITS = re.compile("[^0-9]+")
_BETWEEN_GROUPS = re.compile("[^0-9〇零一二三四五六七八九]+")


def digits(text: str) -> str:
    """The decimal digits of a text, whatever writing they are in, without anything between them."""
    return _BETWEEN_DIGITS.sub("", text if text.isascii() else text.translate(_KANJI))


# ---------------------------------------------------------------------------------------------- telephone numbers

# Area codes and how they split ten digits. Source: Ministry of Internal Affairs and Communications, table of
# area codes (市外局番の一覧).
_TWO = ("03", "04", "06")
_THREE_WORDS = (
    "011 015 017 018 019 022 023 024 025 026 027 028 029 042 043 044 045 046 047 048 049 052 053 054 055 058"
    " 059 072 073 075 076 077 078 079 082 083 084 086 087 088 089 092 093 095 096 097 098 099"
)
_THREE = frozenset(_THREE_WORDS.split())
_FOUR = re.compile(r"0(?:1[1-9]|2[2-9]|4[2-9]|5[3-9]|7[2-79]|8[2-9]|9[2-9])[0-9]")
_FIVE_WORDS = (
    "01267 01372 01374 01377 01392 01397 01398 01456 01457 01466 01547 01558 01564 01586 01587 01632 01634"
    " 01635 01648 01654 01655 01656 01658 04992 04994 04996 04998 05769 05979 07468 08387 08388 08396 08477"
    " 08512 08514 09496 09802 09912 09913 09969"
)
_FIVE = frozenset(_FIVE_WORDS.split())
_MOBILE = ("050", "060", "070", "080", "090")


def mobile_phone(text: str) -> float | None:
    """Eleven digits that begin like a Japanese mobile or IP telephone number."""
    number = digits(text)
    return 0.97 if len(number) == 11 and number.startswith(_MOBILE) else None


def landline_phone(text: str) -> float | None:
    """Ten digits, separated where an existing area code ends."""
    groups = [digits(group) for group in _BETWEEN_GROUPS.split(text) if group]
    number = "".join(groups)
    if len(number) != 10 or len(groups) != 3 or not _landline(number):
        return None
    return 0.95 if _area_code(number, len(groups[0])) else None


_FREE = ("0120", "0570", "0800", "0990")  # of firms; without a label such a number is rather one of an order


def bare_landline_phone(text: str) -> float | None:
    """Ten digits in a row that could be a landline number; as well an order number."""
    return 0.6 if text != "0123456789" and not text.startswith(_FREE) and _landline(text) else None


def labelled_phone(text: str) -> float | None:
    """A number that its context calls a telephone number: Japanese without the country's code, or North American."""
    number = digits(text)
    if number.startswith("0"):
        return 0.97 if len(number) in (10, 11) else None
    if len(number) != 10:
        return None
    return 0.9 if north_american(number) else 0.75


def international_phone(text: str) -> float | None:
    """`+`, an existing country code and a possible number of digits. Source: ITU-T E.164."""
    number = digits(text)
    if number.startswith("81"):
        national = number[2:].removeprefix("0")
        return 0.97 if len(national) in (9, 10) else None
    if number.startswith("1"):
        return 0.95 if len(number) == 11 and north_american(number[1:]) else None
    return 0.9 if 9 <= len(number) <= 15 and _COUNTRY.match(number) else None


def north_american_phone(text: str) -> float | None:
    """Ten digits in the North American form, set apart in one manner."""
    separators = re.sub(r"[0-9]", "", text)
    return 0.8 if separators in ("--", "..", "() -", "()-", "()  ") and north_american(digits(text)) else None


def north_american(number: str) -> bool:
    """Whether ten digits are possible in the North American Numbering Plan. Source: NANPA."""
    return re.fullmatch(r"[2-9](?!11|9)[0-9]{2}[2-9](?!11)[0-9]{6}", number) is not None


_COUNTRY = re.compile(
    "7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[2469]|9[0-58]"
    "|2(?:1[1-8]|[2346][0-9]|5[0-8]|9[0189])|3(?:5[0-9]|7[0-8]|8[0-35-9])|42[013]|50[0-9]|59[0-9]"
    "|67[02-9]|68[0-35-9]|69[0-2]|85[02356]|88[06]|96[0-8]|97[0-79]|99[2-68]"
)


def _landline(number: str) -> bool:
    return number.startswith(_TWO) or number[:3] in _THREE or number[:5] in _FIVE or bool(_FOUR.match(number))


def _area_code(number: str, length: int) -> bool:
    if length == 4:
        return _FOUR.match(number) is not None and number[:2] not in ("03", "06")
    return number[:length] in {2: frozenset(_TWO), 3: _THREE, 5: _FIVE}.get(length, frozenset[str]())


# ------------------------------------------------------------------------------------------- numbers of the state


def my_number(text: str) -> float | None:
    """An individual number (マイナンバー) with a correct check digit, in a context that says so."""
    return 0.99 if _my_number(digits(text)) else None


def grouped_my_number(text: str) -> float | None:
    """Twelve digits in three groups of four with a correct check digit, without any context."""
    return 0.88 if _my_number(digits(text)) else None


def bare_my_number(text: str) -> float | None:
    """Twelve digits in a row with a correct check digit: one in eleven of any others has one as well."""
    return 0.6 if _my_number(text) else None


def _my_number(number: str) -> bool:
    """Source: 平成26年総務省令第85号第5条."""
    if len(number) != 12 or len(set(number)) == 1:
        return False
    weights = (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)
    remainder = sum(int(digit) * weight for digit, weight in zip(reversed(number[:11]), weights, strict=True)) % 11
    return int(number[11]) == (0 if remainder <= 1 else 11 - remainder)


def drivers_license(text: str) -> float | None:
    """Twelve digits in the context of a driver's licence; surer with a known prefecture and check digit.

    The check digit is known from observation, not from a law, so its failure lowers the score and rejects nothing.
    """
    number = digits(text)
    if len(number) != 12 or len(set(number)) == 1:
        return None
    total = sum(int(digit) * weight for digit, weight in zip(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False))
    remainder = total % 11
    expected = {0: 1, 1: 0}.get(remainder, 11 - remainder)
    return 0.98 if int(number[10]) == expected and 10 <= int(number[:2]) <= 97 else 0.7


def health_insurer(text: str) -> float | None:
    """An insurer's number of eight (or six) digits; surer with its check digit. Source: 保険者番号等設定要領."""
    number = digits(text)
    if len(number) not in (6, 8):
        return None
    total = 0
    for position, digit in enumerate(reversed(number[:-1])):
        product = int(digit) * (2 if position % 2 == 0 else 1)
        total += product // 10 + product % 10
    return 0.95 if (10 - total % 10) % 10 == int(number[-1]) else 0.6


def insurance_symbol(text: str) -> float | None:
    """The symbol (記号) of a health insurance; not that of an account at Japan Post Bank, which is 1…0."""
    return 0.4 if re.fullmatch("1[0-9]{3}0", text) else 0.9


def insured_number(text: str) -> float | None:
    """The number that follows the symbol; one of Japan Post Bank has eight digits, or seven, and ends with 1."""
    number = digits(text)
    return 0.4 if len(number) > 6 and number.endswith("1") else 0.9


def varied_digits(text: str) -> float | None:
    """A number that is no mere pattern such as 0000-000000-0."""
    return 0.7 if len(set(digits(text))) > 2 else None


def mixed_signs(text: str) -> float | None:
    """A number of letters and digits, as passports of Germany have."""
    return 0.85 if sum(sign.isdigit() for sign in text) >= 2 else None


def no_telephone(text: str) -> float | None:
    """Ten digits that are rather no telephone number."""
    return None if _landline(text) else 0.8


def us_social_security(text: str) -> float | None:
    """A number that the Social Security Administration may have given out (no 000, 666, 9xx)."""
    number = digits(text)
    possible = len(number) == 9 and number[:3] not in ("000", "666") and number[0] != "9"
    return 0.95 if possible and number[3:5] != "00" and number[5:] != "0000" else None


def bare_us_social_security(text: str) -> float | None:
    """The same in its usual grouping, without any context."""
    return 0.8 if us_social_security(text) else None


# --------------------------------------------------------------------------------------------------------- money

_CARD = re.compile(
    r"4[0-9]{15}(?:[0-9]{3})?"  # Visa
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12}"  # JCB
    r"|3(?:0[0-59]|[689][0-9])[0-9]{11}"  # Diners Club
    r"|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}"  # Discover
    r"|62[0-9]{14,17}"  # UnionPay
)
_LABELLED_CARD = re.compile(r"4[0-9]{12}|(?:5[0678]|6[0-9])[0-9]{10,17}")  # old Visa, Maestro


def credit_card(text: str) -> float | None:
    """A payment card number of a known issuer that passes the Luhn check. Source: ISO/IEC 7812-1, Annex B."""
    number = digits(text)
    return 0.97 if _CARD.fullmatch(number) and luhn(number) and len(set(number)) > 1 else None


def bare_credit_card(text: str) -> float | None:
    """The same without separators: one in ten of such numbers passes by chance."""
    return 0.9 if credit_card(text) else None


def labelled_credit_card(text: str) -> float | None:
    """A number that its context calls a card's: rarer issuers count too."""
    number = digits(text)
    known = _CARD.fullmatch(number) or _LABELLED_CARD.fullmatch(number)
    return 0.99 if known and luhn(number) and len(set(number)) > 1 else None


def luhn(number: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before it."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_SPOKEN_DIGIT = re.compile(
    "ゼロ|ぜろ|マル|まる|レイ|れい|イチ|いち|ニー?|にー?|サン|さん|ヨン|よん|シ|ゴー?|ごー?|ロク|ろく|ナナ|なな|ハチ|はち"
    "|キュー|キュウ|きゅう|[0-9〇零一二三四五六七八九]"
)


def seven_spoken(text: str) -> float | None:
    """Seven digits, said one by one or written apart."""
    return 0.85 if not text.isdigit() and len(_SPOKEN_DIGIT.findall(text)) == 7 else None


def iban(text: str) -> float | None:
    """An international bank account number whose remainder is 1. Source: ISO 13616-1, ISO/IEC 7064 (MOD 97-10)."""
    account = text.replace(" ", "").upper()
    if not 15 <= len(account) <= 34:
        return None
    return 0.98 if int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1 else None


# ------------------------------------------------------------------------------------------ networks, mail

_FILE_ENDINGS_WORDS = "png jpg jpeg gif svg webp css js mjs ts tsx jsx py rb go rs java json xml html map md"
_FILE_ENDINGS = frozenset(_FILE_ENDINGS_WORDS.split())
_NO_MAILBOX = frozenset({"git@github", "git@gitlab", "git@bitbucket", "git@ssh"})


def email(text: str) -> float | None:
    """An e-mail address; not the name of a file for two screen densities, not a repository."""
    address = text.lower()
    local, _, domain = address.partition("@")
    if domain.rpartition(".")[2] in _FILE_ENDINGS or f"{local}@{domain.partition('.')[0]}" in _NO_MAILBOX:
        return None
    return None if local.startswith(".") or local.endswith(".") or ".." in address else 0.98


def ip_v4(text: str) -> float | None:
    """An IPv4 address of some machine. One of small numbers is as well a version or a section."""
    if text.count(".") != 3:
        return None
    parts = [int(part) for part in text.split(".")]
    if max(parts) > 255 or _of_no_machine(text):
        return None
    return 0.4 if parts[0] < 10 or max(parts) < 30 else 0.88


def labelled_ip_v4(text: str) -> float | None:
    """An IPv4 address that its context calls one."""
    return 0.97 if max(int(part) for part in text.split(".")) <= 255 and not _of_no_machine(text) else None


def ip_v6(text: str) -> float | None:
    """An IPv6 address: global, link-local or unique local. Source: RFC 4291, RFC 4193."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return 0.95 if address.is_link_local or address in _GLOBAL or address in _LOCAL else None


_GLOBAL = ipaddress.IPv6Network("2000::/3")
_LOCAL = ipaddress.IPv6Network("fc00::/7")


def mac_address(text: str) -> float | None:
    """A device's address; not broadcast and not empty."""
    signs = set(re.sub("[:.-]", "", text.lower()))
    dotted = "." in text and not re.search("[a-f]", text.lower())
    return 0.95 if len(signs) > 1 and not (dotted or text.isdigit() or len(signs) < 3) else None


def _of_no_machine(text: str) -> bool:
    """Loopback, unspecified, multicast, net masks and the public name servers everybody writes."""
    first = int(text.partition(".")[0])
    return first in (0, 127) or first >= 224 or text in ("8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9")


CHECKS: dict[str, Check] = {
    "mobile_phone": mobile_phone,
    "landline_phone": landline_phone,
    "bare_landline_phone": bare_landline_phone,
    "labelled_phone": labelled_phone,
    "international_phone": international_phone,
    "north_american_phone": north_american_phone,
    "my_number": my_number,
    "grouped_my_number": grouped_my_number,
    "drivers_license": drivers_license,
    "health_insurer": health_insurer,
    "us_social_security": us_social_security,
    "bare_us_social_security": bare_us_social_security,
    "credit_card": credit_card,
    "bare_credit_card": bare_credit_card,
    "labelled_credit_card": labelled_credit_card,
    "iban": iban,
    "email": email,
    "ip_v4": ip_v4,
    "labelled_ip_v4": labelled_ip_v4,
    "ip_v6": ip_v6,
    "mac_address": mac_address,
    "seven_spoken": seven_spoken,
    "bare_my_number": bare_my_number,
    "insurance_symbol": insurance_symbol,
    "insured_number": insured_number,
    "varied_digits": varied_digits,
    "mixed_signs": mixed_signs,
    "no_telephone": no_telephone,
}
