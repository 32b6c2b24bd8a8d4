"""JSON Schema for hostile hands: schemas and values may come from strangers.

A checker of our own and not a library's: libraries fetch references, use patterns of Python's `re`, which can take for
ever, switch to other rules where a part names another `$schema`, and write whole values into their messages. Here
nothing is fetched, patterns are RE2's, and each look at a keyword counts as a step, of which there are so many and no
more. `tests/core/test_schema_beside.py` compares what it says with the library `jsonschema`.
"""

import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote

import orjson
import re2 as engine

from sekisho.core import schema_keywords as keywords
from sekisho.core import schema_parts as parts
from sekisho.core.language import Bilingual
from sekisho.core.schema_keywords import Exhausted, Made, Node, Path, Pattern, Run, SchemaFault

MOST_BYTES = 64 << 10
MOST_DEPTH = 32  # schemas within schemas
MOST_PATTERNS = 50
ALL_BYTES = 256 << 10  # of the schemas of one request together
ALL_INSTRUCTIONS = 20_000  # of their patterns together, which take about 20 ms to make
LEAST_INSTRUCTIONS = 100  # as many count for each pattern
PATTERN_MEMORY = 1 << 19  # bytes
STEPS = 300_000  # of one check; bench/contracts.py measures how long that takes

_INDEX = re.compile("0|[1-9][0-9]{0,5}")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)
_KEYWORDS: dict[str, Made] = {
    "$ref": parts.reference,
    "type": keywords.types,
    "enum": keywords.enum,
    "const": keywords.const,
    "multipleOf": keywords.multiple_of,
    "maximum": keywords.bound(lambda given, limit: given <= limit),
    "exclusiveMaximum": keywords.bound(lambda given, limit: given < limit),
    "minimum": keywords.bound(lambda given, limit: given >= limit),
    "exclusiveMinimum": keywords.bound(lambda given, limit: given > limit),
    "maxLength": keywords.size(str, lambda given, limit: given <= limit),
    "minLength": keywords.size(str, lambda given, limit: given >= limit),
    "maxItems": keywords.size(list, lambda given, limit: given <= limit),
    "minItems": keywords.size(list, lambda given, limit: given >= limit),
    "maxProperties": keywords.size(dict, lambda given, limit: given <= limit),
    "minProperties": keywords.size(dict, lambda given, limit: given >= limit),
    "pattern": keywords.pattern,
    "uniqueItems": parts.unique_items,
    "properties": parts.properties,
    "patternProperties": parts.pattern_properties,
    "additionalProperties": parts.additional_properties,
    "propertyNames": parts.property_names,
    "required": parts.required,
    "dependentRequired": parts.dependent_required,
    "dependentSchemas": parts.dependent_schemas,
    "prefixItems": parts.prefix_items,
    "items": parts.items,
    "additionalItems": parts.additional_items,
    "contains": parts.contains,
    "allOf": parts.all_of,
    "anyOf": parts.any_of,
    "oneOf": parts.one_of,
    "not": parts.none_of,
    "if": parts.condition,
}
KEYWORDS = frozenset(_KEYWORDS) | {"then", "else", "minContains", "maxContains"}

_A_SCHEMA: Bilingual = {
    "ja": "スキーマ(オブジェクト、true、false のどれか)",
    "en": "a schema: an object, true or false",
}
_A_POINTER: Bilingual = {
    "ja": "この文書の中の場所(# か #/$defs/名前 など)",
    "en": "a place within this document, such as # or #/$defs/name",
}
_A_PATTERN: Bilingual = {
    "ja": "RE2で読める正規表現(先読みと後方参照は使えません)",
    "en": "a pattern that RE2 can read, without look-ahead and back-references",
}
_FEWER_PATTERNS: Bilingual = {"ja": f"{MOST_PATTERNS}個までの正規表現", "en": f"at most {MOST_PATTERNS} patterns"}
_SHALLOWER: Bilingual = {"ja": f"{MOST_DEPTH}段までの入れ子", "en": f"at most {MOST_DEPTH} schemas within each other"}
_SMALLER: Bilingual = {
    "ja": f"JSONで{MOST_BYTES}バイトまでのスキーマ",
    "en": f"a schema of at most {MOST_BYTES} bytes as JSON",
}


_FEWER_BYTES: Bilingual = {
    "ja": f"合わせて{ALL_BYTES}バイトまでのスキーマ",
    "en": f"schemas of at most {ALL_BYTES} bytes together",
}
_SHORTER_PATTERNS: Bilingual = {
    "ja": "全体としてもっと短く、繰り返しの少ない正規表現",
    "en": "patterns that are shorter or repeat less, all together",
}


class Allowance:
    """What several schemas may take together, such as those of one request; patterns are made once for all of them."""

    __slots__ = ("_bytes", "_instructions", "_patterns")

    def __init__(self) -> None:
        self._bytes = ALL_BYTES
        self._instructions = ALL_INSTRUCTIONS
        self._patterns: dict[str, Pattern] = {}

    def take(self, length: int) -> None:
        """Takes the bytes of a schema. Raises `SchemaFault`."""
        self._bytes -= length
        if self._bytes < 0:
            raise SchemaFault((), _FEWER_BYTES)

    def pattern(self, source: str, at: Path) -> Pattern:
        """A pattern. Raises `SchemaFault`."""
        compiled = self._patterns.get(source)
        if compiled is None:
            compiled = _compiled(source, at)
            self._instructions -= max(compiled.programsize, LEAST_INSTRUCTIONS)
            if self._instructions < 0:
                raise SchemaFault(at, _SHORTER_PATTERNS)
            self._patterns[source] = compiled
        return compiled


class Schema:
    """A schema, ready to check values.

    Attributes:
        document: as it was given.
    """

    __slots__ = ("_root", "document")

    def __init__(self, document: object, allowance: Allowance | None = None) -> None:
        """Raises `SchemaFault` for what is too large, too deep, or no schema, and for references that lead out.

        `allowance` is what it shares with other schemas.
        """
        allowance = allowance or Allowance()
        try:
            length = len(orjson.dumps(document))
        except (TypeError, ValueError) as fault:
            raise SchemaFault((), _SMALLER) from fault
        if length > MOST_BYTES:
            raise SchemaFault((), _SMALLER)
        allowance.take(length)
        self.document = document
        self._root = _Builder(document, allowance).root()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self.document == other.document

    __hash__ = None  # type: ignore[assignment]

    def breach(self, value: object, run: Run) -> Path | None:
        """The place in the schema of the first keyword that a decoded JSON value does not fit; None: it fits.

        Raises `Exhausted` where that takes more steps than the run has left, or goes too deep.
        """
        try:
            return self._root.breach(value, run)
        except RecursionError as fault:
            raise Exhausted from fault


class _Builder:
    """Makes a schema ready, each part of it once, so that it takes no longer than the document is long."""

    def __init__(self, document: object, allowance: Allowance) -> None:
        self._document = document
        self._allowance = allowance
        self._nodes: dict[int, Node] = {}  # by the identity of a part, which lives as long as the document
        self._pending: list[tuple[Mapping[str, Any], Node, Path]] = []
        self._patterns: set[str] = set()
        self._depth = 0

    def root(self) -> Node:
        """The whole."""
        root = self.node(self._document, ())
        while self._pending:
            schema, node, at = self._pending.pop()
            self._fill(schema, node, at)
        return root

    def node(self, document: object, at: Path) -> Node:
        """A schema that stands at a place."""
        if isinstance(document, bool):
            return Node(never=not document)
        schema = _schema(document, at)
        node = self._nodes.get(id(schema))
        if node is None:
            node = self._nodes[id(schema)] = Node()
            self._fill(schema, node, at)
        return node

    def referred(self, pointer: object, at: Path) -> Node:
        """A schema that is named; it is made ready later, so that chains of references need no depth."""
        if not isinstance(pointer, str) or not (pointer == "#" or pointer.startswith("#/")):
            raise SchemaFault(at, _A_POINTER)
        target = self._document
        for step in pointer[2:].split("/") if pointer != "#" else ():
            target = _below(target, unquote(step).replace("~1", "/").replace("~0", "~"), at)
        if isinstance(target, bool):
            return Node(never=not target)
        schema = _schema(target, at)
        node = self._nodes.get(id(schema))
        if node is None:
            node = self._nodes[id(schema)] = Node()
            self._pending.append((schema, node, at))
        return node

    def pattern(self, source: object, at: Path) -> Pattern:
        """A pattern, each once. It may match anywhere in a text."""
        if not isinstance(source, str):
            raise SchemaFault(at, _A_PATTERN)
        self._patterns.add(source)
        if len(self._patterns) > MOST_PATTERNS:
            raise SchemaFault(at, _FEWER_PATTERNS)
        return self._allowance.pattern(source, at)

    def _fill(self, schema: Mapping[str, Any], node: Node, at: Path) -> None:
        if self._depth >= MOST_DEPTH:
            raise SchemaFault(at, _SHALLOWER)
        self._depth += 1
        for keyword, value in schema.items():
            made = _KEYWORDS.get(keyword)
            if made is not None:
                node.checks.append((keyword, made(value, schema, self, (*at, keyword))))
        self._depth -= 1


def _schema(document: object, at: Path) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise SchemaFault(at, _A_SCHEMA)
    return cast("dict[str, Any]", document)


def _below(target: object, step: str, at: Path) -> object:
    if isinstance(target, dict) and step in target:
        return cast("dict[str, object]", target)[step]
    if isinstance(target, list) and _INDEX.fullmatch(step) and int(step) < len(cast("list[object]", target)):
        return cast("list[object]", target)[int(step)]
    raise SchemaFault(at, _A_POINTER)


def _compiled(source: str, at: Path) -> Pattern:
    re2: Any = engine
    chosen = re2.Options()
    chosen.max_mem = PATTERN_MEMORY
    chosen.log_errors = False
    chosen.never_capture = True
    try:
        return cast("Pattern", re2.compile(_ESCAPE.sub(_escape, source), chosen))
    except (re2.error, UnicodeEncodeError) as fault:
        raise SchemaFault(at, _A_PATTERN) from fault


def _escape(found: re.Match[str]) -> str:
    """ECMAScript's escape of a character as RE2 writes it."""
    return f"\\x{{{found[1]}}}" if found[1] else found[0]
