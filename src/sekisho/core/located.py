"""YAML whose mistakes are reported by file, line and column."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import msgspec.inspect
import yaml

from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual
from sekisho.core.phrases import plain

Shape = TypeVar("Shape")
Step = str | int

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast
MAX_NODES = 100_000

_STEP = re.compile(r"\.([^.\[\]`]+)|\[(\d+)\]|\[\.\.\.\]")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


@dataclass(frozen=True, slots=True)
class Located:
    """A YAML document with the place of every node.

    Attributes:
        name: what messages call the document, usually its path.
        data: plain Python values (dict, list, str, int, float, bool, None).
        places: `(line, column)`, counted from 1, by path of keys and indexes.
    """

    name: str
    data: object
    places: dict[tuple[Step, ...], tuple[int, int]]

    def where(self, *path: Step) -> str:
        """`file:line:column` of a node, or of its nearest ancestor that exists."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return f"{self.name}:{line}:{column}"

    def error(self, what: str | Bilingual, *path: Step) -> ConfigurationError:
        """The error to raise for a node that makes no sense."""
        return ConfigurationError(where=self.where(*path), what=what)

    def into(self, shape: type[Shape]) -> Shape:
        """Converts to a validated type (msgspec Struct). Raises `ConfigurationError` that names line and column."""
        try:
            return msgspec.convert(self.data, shape, strict=True)
        except msgspec.ValidationError as fault:
            raise self._explained(str(fault), shape) from fault

    def _explained(self, message: str, shape: type) -> ConfigurationError:
        what, _, at = message.partition(" - at `$")
        unknown = _UNKNOWN.search(what)
        steps = [key or (int(index) if index else None) for key, index in _STEP.findall(at)]
        path = _followed(self.data, steps, unknown[1] if unknown else None)
        if unknown:
            near = get_close_matches(unknown[1], _fields(msgspec.inspect.type_info(shape), path), 1, 0.5)
            path.append(unknown[1])
            return self.error(
                {
                    "ja": f"`{unknown[1]}` という項目はここにはありません" + (f"(`{near[0]}` ですか?)" if near else ""),
                    "en": f"there is no `{unknown[1]}` here" + (f"; did you mean `{near[0]}`?" if near else ""),
                },
                *path,
            )
        field = path[-1] if path and isinstance(path[-1], str) else ""
        return self.error(plain(what, field), *path)


def _followed(data: Any, steps: list[Step | None], last: str | None) -> list[Step]:
    """The path of a mistake. Where a message leaves out a key (None), the first that leads on to the next step."""
    path: list[Step] = []
    for step, following in zip(steps, (*steps, last)[1:], strict=True):
        chosen = step
        if chosen is None and isinstance(data, dict):
            items = cast("dict[str, Any]", data).items()
            chosen = next((key for key, value in items if isinstance(value, dict) and following in value), None)
        if chosen is None:
            return path
        path.append(chosen)
        data = cast("Any", data)[chosen]
    return path


def _fields(kind: msgspec.inspect.Type, path: list[Step]) -> list[str]:
    """Names of the fields that an object at `path` within a type may have; none where the type does not say."""
    for step in path:
        kind = _inside(kind, step)
    return [one.encode_name for one in kind.fields] if isinstance(kind, msgspec.inspect.StructType) else []


def _inside(kind: msgspec.inspect.Type, step: Step) -> msgspec.inspect.Type:
    if isinstance(kind, msgspec.inspect.StructType):
        return next((one.type for one in kind.fields if one.encode_name == step), kind)
    if isinstance(kind, msgspec.inspect.DictType):
        return kind.value_type
    if isinstance(kind, msgspec.inspect.ListType):
        return kind.item_type
    return kind


def read(path: Path) -> Located:
    """Reads a YAML file of at most `MAX_BYTES`. Raises `ConfigurationError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationError(
            where=str(path), what={"ja": f"読めません({fault})", "en": f"cannot be read: {fault}"}
        ) from fault
    return parse(text, str(path))


def parse(text: str, name: str) -> Located:
    """Parses YAML 1.1 without tags, aliases or duplicate keys; anything else is a `ConfigurationError`."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise ConfigurationError(where=name, what=f"is longer than {MAX_BYTES} bytes")
    places: dict[tuple[Step, ...], tuple[int, int]] = {}
    try:
        root = _root(text, name)
        data = _plain(root, (), places, name) if root is not None else None
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        raise ConfigurationError(where=_at(name, mark), what=str(fault.problem or fault.context)) from fault
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise ConfigurationError(where=name, what=f"is not YAML: {type(fault).__name__}") from fault
    return Located(name, data, places)


def _root(text: str, name: str) -> yaml.Node | None:
    try:
        return _composed(text, name, LOADER)
    except yaml.MarkedYAMLError:
        return _composed(text, name, yaml.SafeLoader)  # it places mistakes more exactly


def _composed(text: str, name: str, loader: Any) -> yaml.Node | None:
    """The root node. Aliases are refused and size and depth bounded before anything recurses."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ConfigurationError(where=_at(name, event.start_mark), what=f"is nested deeper than {MAX_DEPTH}")
        if count > MAX_NODES:
            raise ConfigurationError(where=_at(name, event.start_mark), what=f"has more than {MAX_NODES} parts")
        if isinstance(event, yaml.AliasEvent):
            raise ConfigurationError(
                where=_at(name, event.start_mark),
                what={"ja": "別名(&、*)は使えません", "en": "aliases are not allowed"},
            )
    return yaml.compose(text, Loader=loader)


def _at(name: str, mark: Any) -> str:
    return f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name


def _plain(
    node: yaml.Node, path: tuple[Step, ...], places: dict[tuple[Step, ...], tuple[int, int]], name: str
) -> object:
    places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTIONS:
        raise ConfigurationError(where=_at(name, node.start_mark), what=f"the tag {node.tag} is not allowed")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), places, name) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = _key(key_node, mapping, name)
            places[(*path, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            mapping[key] = _plain(value_node, (*path, key), places, name)
        return mapping
    return _Scalars().construct(node)


def _key(node: yaml.Node, mapping: dict[str, object], name: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigurationError(
            where=_at(name, node.start_mark),
            what={"ja": "項目の名前は一つの語で書いてください", "en": "a key must be a word"},
        )
    key = str(node.value)
    if key in mapping:
        raise ConfigurationError(
            where=_at(name, node.start_mark),
            what={"ja": f"項目 `{key[:80]}` が二度書かれています", "en": f"the key `{key[:80]}` is given twice"},
        )
    return key


_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_TEXT = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary")


class _Scalars(yaml.constructor.SafeConstructor):
    """Constructs one scalar. What surprises people stays text: dates, binary data, `off`, `no`, 12:30."""

    def construct(self, node: yaml.Node) -> object:
        text = str(node.value)
        surprising = node.tag == "tag:yaml.org,2002:bool" and text.lower() not in ("true", "false")
        if node.tag in _TEXT or surprising or (node.tag == "tag:yaml.org,2002:int" and ":" in text):
            return text
        return cast("Any", self).construct_object(node)
