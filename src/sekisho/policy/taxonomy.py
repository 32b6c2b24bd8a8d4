"""The taxonomy: everything a guard can find, in words for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from sekisho.core.language import Bilingual, Language
from sekisho.core.located import Located, read

FILE = Path(__file__).with_name("taxonomy.yaml")

UNKNOWN: Bilingual = {"ja": "その他の内容", "en": "other content"}


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of finding.

    Attributes:
        name: dotted; `privacy` holds `privacy.phone`.
        source: the place in the Science Council of Japan's recommendation (2025) that speaks of it.
        tag: upper-case ASCII label of its placeholders, unique; empty where nothing is ever masked.
    """

    name: str
    title: Bilingual
    explanation: Bilingual
    source: str
    tag: str


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ja: str
    en: str

    def bilingual(self) -> Bilingual:
        return {"ja": self.ja, "en": self.en}


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: _Words
    explanation: _Words
    source: str = ""
    tag: str = ""


@cache
def taxonomy() -> Mapping[str, Category]:
    """Every category by name, parents before children, in the order of taxonomy.yaml."""
    return taxonomy_of(read(FILE))


def taxonomy_of(document: Located) -> Mapping[str, Category]:
    """Reads a taxonomy. Raises `ConfigurationError` for a missing parent, source or tag, or a tag used twice."""
    categories: dict[str, Category] = {}
    tags: set[str] = set()
    for name, entry in document.into(dict[str, _Entry]).items():
        parent = name.rpartition(".")[0]
        if parent and parent not in categories:
            raise document.error(f"`{parent}` must stand before `{name}`", name)
        source = entry.source or (categories[parent].source if parent else "")
        if not source:
            raise document.error(f"`{name}` needs a source", name)
        if name.partition(".")[0] in ("privacy", "secret") and not entry.tag:
            raise document.error(f"`{name}` needs a tag", name)
        if entry.tag in tags:
            raise document.error(f"the tag {entry.tag} is used twice", name, "tag")
        tags.update({entry.tag} - {""})
        categories[name] = Category(name, entry.title.bilingual(), entry.explanation.bilingual(), source, entry.tag)
    return MappingProxyType(categories)


def lineage(category: str) -> Iterator[str]:
    """The category and its ancestors, nearest first: `a.b.c`, `a.b`, `a`."""
    while category:
        yield category
        category = category.rpartition(".")[0]


def title(category: str, language: Language) -> str:
    """What a person calls the category; that of the nearest known ancestor where it is unknown itself."""
    for name in lineage(category):
        known = taxonomy().get(name)
        if known is not None:
            return known.title[language]
    return UNKNOWN[language]
