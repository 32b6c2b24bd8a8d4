"""Checks of what the rules for English text find: addresses, numbers given by others, log-in names, illnesses."""

import re

from sekisho.guards.checks import Check, digits, my_number
from sekisho.guards.date_checks import OLDEST_YEAR, birth_date, era_year

_PUBLIC_ADDRESS = re.compile(
    r"1[01] Downing Street|221 ?[Bb] Baker Street|1600 Pennsylvania Ave(?:nue)?|350 Fifth Avenue|30 Rockefeller Plaza"
    r"|(?:[A-Z][a-z]+ )?(?:Wall|Main|Sesame|Downing|Bourbon) Street$"
)
_NOT_A_STREET = re.compile(
    "(?:Easy|Best|Top|New|More|Different|Simple|Quick|Great|Good|Major|Key|Ways?|Steps?|Things|Tips|Reasons|Open|Free"
    "|Million|Billion|Day|Year|Minute|Hour|Week|Month|Angry|World|Car|Dinner|Table|Market|Total|Page|Chapter|Section"
    "|Article|Act|January|February|March|April|May|June|July|August|September|October|November|December) "
)
_THINGS_WORDS = (
    "lane lanes minute minutes hour hours day days year years mile miles block blocks million billion people person"
    " more than that this with from when were very main busy down along other percent metres meters feet shops cars"
    " star time times point points week weeks month months pages items steps other same next last first second third"
)
_COUNTED_THINGS = frozenset(_THINGS_WORDS.split())
_PLACE_IN_JAPAN = re.compile(
    r"-(?:ku|shi|cho|machi|gun|ken|fu|to|mura|son)(?![a-z])|[Cc]home|[0-9]{3}-[0-9]{4}|Tokyo|Osaka|Kyoto|Japan"
)
_VARIED = 4  # different digits of a number that is no mere example
_NEAR_THE_ORIGIN = 5  # degrees
_DIGITS_SAID = "oh zero nought one two three four five six seven eight nine"
_SAID = dict(zip(_DIGITS_SAID.split(), "000123456789", strict=True))
_TIMES = {"double": 2, "triple": 3}
_COUNTED = frozenset(("1234567", "12345678", "123456789", "1234567890", "0123456789", "01234567", "012345678"))
_AT_SOMETHING = re.compile("(?i: at (?:the|a|an|this|that|every|each|my|your|his|her|its|our|their) )")
_MONEY_WORDS = "USD EUR GBP JPY AUD CAD CHF THE AND FOR UTC GMT EST PST RPM USB"
_MONEY = frozenset(_MONEY_WORDS.split())
_NO_HANDLE_WORDS = (
    "page button form screen name names id ids user username password required optional is was the and for not failed"
    " error broken down field attempt attempts time session details info data value string null none true false"
    " account profile here there support help your my me actions case-sensitive unique e-mail email slow gone dead"
    " wrong new old this that already blocked locked working available bot bots api app channel group server workspace"
    " integration message messages post posts chat story stories reel reels agent agents input output groups interface"
    " experience guide manual access role roles type types management policy in on at to from with via account-based"
)
_ROLES_WORDS = (
    "root admin administrator ubuntu debian runner public default shared guest nobody daemon system test tester demo"
    " example sample anonymous unknown true false yes no on off enabled disabled active standard premium free basic"
    " docker git jenkins postgres mysql nginx apache www www-data node app web api dev prod staging ec2-user vagrant"
    " pi centos oracle deploy service bot me self you username command alice bob any all other others value object"
)
_ROLES = frozenset(_ROLES_WORDS.split())
_IN_CODE = re.compile("(?:pytest|functools|dataclass|app|router|property|staticmethod|click|celery)(?:[._]|$)")
_NO_HANDLE = frozenset(_NO_HANDLE_WORDS.split())
_NO_ILLNESS = re.compile(
    "^(?:a )?(?:stroke|burnout|seizures) of|impost[eo]r|(?:diagn|progn|hypn|osm|symbi|apothe|metamorph|anast)osis"
    "|nostalgia|(?:dipl|ar|gen|idi|st)oma$|(?:acad|boh|macad)emia"
    "|(?:^|a |the )(?:rare|same|this|that|every|other) (?:disease|infection)"
)
_NO_STATE_OF = re.compile(
    r"(?:Moses|Jesus|Paul|Turkey|Iran|Iraq|Israel|Egypt|Pakistan|Indonesia|India|Thailand|Japan)\b"
)


def street_address(text: str) -> float | None:
    """A number and a street; not the address of a public building or a work, and no count of things."""
    if _PUBLIC_ADDRESS.match(text):
        return None
    words = text.split(" ", 1)[-1]
    return None if _NOT_A_STREET.match(words) else 0.9


def small_street(text: str) -> float | None:
    """A number and a street in small letters; no count of things."""
    words = re.findall("[a-z]{2,}", text)
    return None if _COUNTED_THINGS.intersection(words[:-1]) or words[0].endswith("s") else 0.75


def address_in_japan(text: str) -> float | None:
    """Block numbers and names of which one is a Japanese place."""
    return 0.9 if _PLACE_IN_JAPAN.search(text) else None


def some_phone(text: str) -> float | None:
    """Seven to thirteen digits that are no date."""
    number = digits(text)
    return None if not 7 <= len(number) <= 13 or re.fullmatch(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}", text) else 0.9


def american_phone(text: str) -> float | None:
    """Ten digits, set apart in one manner; the exchange may be one that nobody has."""
    separators = re.sub(r"[0-9]", "", text.lstrip("+1-. ") if not text.startswith("(") else text)
    return 0.75 if separators in ("--", "..", "() -", "()-", "().", "() .") else None


def short_coded(text: str) -> float | None:
    """Four or five digits that are no year."""
    return None if re.fullmatch("(?:19|20)[0-9]{2}", text) else 0.8


def coded(text: str) -> float | None:
    """A number that somebody is known by: at least six digits, or four beside other signs; a year is none."""
    count = sum(sign.isdigit() for sign in text)
    if count < 4 or re.fullmatch(r"(?:19|20)[0-9]{2}(?:[-/][0-9]{1,4}){0,2}", text):
        return None
    return 0.88 if count > 5 or (len(text) > count and len(text) > 5) else None


def insurer_coded(text: str) -> float | None:
    """As `coded`; ten digits in a row are rather of care insurance."""
    return None if re.fullmatch("[0-9]{10}", text) else coded(text)


def long_coded(text: str) -> float | None:
    """The same with at least seven digits, or five beside other signs."""
    count = sum(sign.isdigit() for sign in text)
    return 0.9 if count > 6 or (count > 4 and len(text) > count) else None


def member_code(text: str) -> float | None:
    """A number of somebody that a label announces: no year, no two years."""
    return None if re.fullmatch(r"(?:19|20)[0-9]{2}(?:-(?:19|20)?[0-9]{2}){0,2}", text) else 0.85


def mistyped(text: str) -> float | None:
    """Digits that a text calls somebody's number, whatever the check digit is; no example that merely counts."""
    number = digits(text)
    counts = number in "01234567890123456789"
    return None if counts or len(set(number)) < _VARIED or number[:4] == number[4:8] else 0.8


def insured(text: str) -> float | None:
    """A number of a health insurance: no day, no telephone number."""
    if re.fullmatch(r"(?:19|20)[0-9]{2}(?:-[0-9]{1,2}|[01][0-9][0-3][0-9])|0[0-9]{1,4}-[0-9]{3,8}", text):
        return None
    return 0.85


def twelve_said(text: str) -> float | None:
    """Twelve digits in words whose last one checks the others."""
    return my_number(said(text))


def phone_said(text: str) -> float | None:
    """Seven to thirteen digits in words; nobody counts."""
    number = said(text)
    return None if len(number) > 13 or number in _COUNTED or number[::-1] in _COUNTED else 0.85


def said(text: str) -> str:
    """The digits of a number in words: double oh seven is 007."""
    found: list[str] = []
    times = 1
    for word in re.findall("[a-z]+", text.lower()):
        if word in _TIMES:
            times = _TIMES[word]
        elif word in _SAID:
            found.append(_SAID[word] * times)
            times = 1
    return "".join(found)


def birth_date_written(text: str) -> float | None:
    """A day of a calendar, Western or by a Japanese era in Latin letters, as people write them."""
    plain = re.sub(r"^the ", "", text)
    if era := re.match("(?i:(meiji|taisho|showa|heisei|reiwa)) ?", plain):
        rest = re.sub(r"([0-9]{1,2}),? (?=[A-Za-z])", r"\1 ", plain[era.end() :])
        year = era_year(era[1][0].upper(), int(re.findall("[0-9]+", rest)[0]))
        return 0.95 if year and year >= OLDEST_YEAR else None
    return birth_date(plain.replace(", ", "-") if re.fullmatch("[0-9]{4}, [0-9]{1,2}, [0-9]{1,2}", plain) else plain)


def email_spoken(text: str) -> float | None:
    """An e-mail address in words; not a dot that somebody looks at."""
    return None if _AT_SOMETHING.search(text) else 0.85


def bank_account(text: str) -> float | None:
    """Six to seventeen digits."""
    return 0.9 if 6 <= len(digits(text)) <= 17 else None


def birth_date_english(text: str) -> float | None:
    """A day of a calendar; of a year of two digits the century is left open."""
    short = re.fullmatch(r"([0-9]{1,2}[/.][0-9]{1,2}[/.])([0-9]{2})", text)
    return birth_date(f"{short[1]}19{short[2]}") or birth_date(f"{short[1]}20{short[2]}") if short else birth_date(text)


def plate(text: str) -> float | None:
    """A British plate; not an amount of money or a word in capitals."""
    return None if text[-3:] in _MONEY else 0.75


def handle(text: str) -> float | None:
    """A name for a service: with a sign, a digit or an at in it; not a word."""
    name = text.strip("@.").lower()
    if name in _NO_HANDLE or len(name) < 3:
        return None
    marked = text.startswith(("@", "u/")) or re.search("[0-9_#]", name) or re.search(r"[a-z]\.[a-z]", name)
    return 0.85 if marked and not re.fullmatch(r"[0-9.]+|v?[0-9]+(?:\.[0-9]+)*", name) and "..." not in text else None


def handle_at(text: str) -> float | None:
    """The same behind an at, with a sign or a digit in it; no host."""
    name = text[1:].lower()
    host = re.search(r"\.(?:com|net|org|jp|io|dev|co|uk|de|fr|eu|info|edu|gov|example|test)$", name)
    return 0.8 if handle(text) and re.search("[0-9_.]", name) and not host and not _IN_CODE.match(name) else None


def service_name(text: str) -> float | None:
    """A name for a service where a name of one is announced, also without a sign in it; not an adjective."""
    if "-" in text and re.search("-(?:based|sensitive|only|free|in|up|out|side|level|wide|related|specific)$", text):
        return None
    if re.fullmatch("[a-z]+|[0-9]+|[A-Z]{1,3}-?[0-9]{3,}", text):
        return None
    return None if text.lower() in _NO_HANDLE else 0.85


def log_name(text: str) -> float | None:
    """A name of a user in a log or a path; not one of a role or a value."""
    name = text.lower()
    return None if name in _NO_HANDLE or name in _ROLES or name.startswith(("self.", "request.", "svc", "v1")) else 0.8


def some_location(text: str) -> float | None:
    """Latitude and longitude that the text calls a position."""
    latitude, longitude = (float(part) for part in re.findall(r"-?[0-9]+\.[0-9]+", text))
    return 0.88 if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def bare_location(text: str) -> float | None:
    """Latitude and longitude in four decimals at least, of which one is near the origin; others are `location`'s."""
    latitude, longitude = (abs(float(part)) for part in text.split(","))
    return 0.7 if 10 <= latitude <= 90 and longitude < _NEAR_THE_ORIGIN else None


def labelled_iban(text: str) -> float | None:
    """As long as accounts are, and no words; the check digits may be wrong, as those of typing errors are."""
    account = text.replace(" ", "")
    return 0.9 if 15 <= len(account) <= 34 and sum(sign.isdigit() for sign in account) > 7 else None


def condition_english(text: str) -> float | None:
    """An illness; not one as part of another thing, and no word that merely ends like one."""
    return None if _NO_ILLNESS.search(text.lower()) else 0.85


def state_english(text: str) -> float | None:
    """What somebody is."""
    return None if _NO_STATE_OF.search(text) else 0.82


CHECKS: dict[str, Check] = {
    "street_address": street_address,
    "address_in_japan": address_in_japan,
    "some_phone": some_phone,
    "american_phone": american_phone,
    "short_coded": short_coded,
    "coded": coded,
    "insurer_coded": insurer_coded,
    "small_street": small_street,
    "handle_at": handle_at,
    "service_name": service_name,
    "log_name": log_name,
    "long_coded": long_coded,
    "member_code": member_code,
    "insured": insured,
    "mistyped": mistyped,
    "twelve_said": twelve_said,
    "phone_said": phone_said,
    "birth_date_written": birth_date_written,
    "email_spoken": email_spoken,
    "bank_account": bank_account,
    "birth_date_english": birth_date_english,
    "plate": plate,
    "handle": handle,
    "some_location": some_location,
    "bare_location": bare_location,
    "labelled_iban": labelled_iban,
    "condition_english": condition_english,
    "state_english": state_english,
}
