"""Persons whom nobody may have the AI imitate or invent facts about, as a profile writes them under `persons`."""

from typing import cast, get_args

from sekisho.core.located import Located, Step
from sekisho.policy.profile import Person, PersonKind
from sekisho.policy.rules import known, mapping, one_of
from sekisho.policy.terms import words_of

KEYS = ("names", "kind")
KINDS: tuple[PersonKind, ...] = get_args(PersonKind)
MOST = 200  # persons
MOST_NAMES = 20  # of one person


def persons_of(document: Located, written: object) -> tuple[Person, ...]:
    """Reads what stands under `persons`.

    Raises `ConfigurationError` with the place of an unknown key or kind, of an entry without names, of an empty, very
    short or very long name, and of a name that stands twice.
    """
    if not isinstance(written, list):
        raise document.error(
            {
                "ja": "`persons` は一覧です。一件ごとに `names` と `kind` を書きます",
                "en": "`persons` is a list of entries with `names` and `kind`",
            },
            "persons",
        )
    entries = cast("list[object]", written)
    if len(entries) > MOST:
        raise document.error(
            {"ja": f"{MOST} 人を超えています", "en": f"there are more than {MOST} persons"}, "persons", MOST
        )
    found: dict[str, int] = {}
    persons = tuple(_person(document, value, ("persons", index)) for index, value in enumerate(entries))
    for index, person in enumerate(persons):
        for at, name in enumerate(person.names):
            if name in found:
                raise document.error(
                    {"ja": f"名前 `{name[:80]}` が二度書かれています", "en": f"the name `{name[:80]}` is given twice"},
                    "persons",
                    index,
                    "names",
                    at,
                )
            found[name] = index
    return persons


def _person(document: Located, value: object, path: tuple[Step, ...]) -> Person:
    entry = mapping(document, value, *path)
    for key in entry:
        known(document, key, KEYS, "key", (*path, key))
    if "names" not in entry:
        raise document.error({"ja": "`names` を書いてください", "en": "expected `names`"}, *path)
    names = words_of(document, entry["names"], (*path, "names"), most=MOST_NAMES)
    kind = entry.get("kind", KINDS[0])
    if not isinstance(kind, str):
        raise document.error(one_of(KINDS), *path, "kind")
    known(document, kind, KINDS, "kind", (*path, "kind"))
    return Person(names, cast("PersonKind", kind))
