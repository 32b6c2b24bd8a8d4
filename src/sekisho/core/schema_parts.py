"""The keywords of JSON Schema that hold other schemas, each as a check that counts its steps."""

from collections.abc import Mapping
from typing import Any, cast

from sekisho.core.language import Bilingual
from sekisho.core.schema_keywords import (
    Builder,
    Check,
    Node,
    Path,
    Pattern,
    Run,
    SchemaFault,
    canonical,
    count,
    found,
    listed,
    mapped,
    names,
)

_SCHEMAS: Bilingual = {"ja": "スキーマが一つ以上の一覧", "en": "a list of at least one schema"}


def properties(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`properties`."""
    nodes = {name: builder.node(one, (*at, name)) for name, one in mapped(value, at).items()}

    def check(given: Any, run: Run) -> Path | None:
        for name, inner in cast("dict[str, Any]", given).items() if type(given) is dict else ():
            node = nodes.get(name)
            if node is not None:
                path = node.breach(inner, run)
                if path is not None:
                    return (name, *path)
            else:
                run.step()
        return None

    return check


def pattern_properties(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`patternProperties`."""
    nodes = [
        (source, builder.pattern(source, (*at, source)), builder.node(one, (*at, source)))
        for source, one in mapped(value, at).items()
    ]

    def check(given: Any, run: Run) -> Path | None:
        for name, inner in cast("dict[str, Any]", given).items() if type(given) is dict else ():
            for source, pattern, node in nodes:
                run.step()
                path = node.breach(inner, run) if found(pattern, name, run) else None
                if path is not None:
                    return (source, *path)
        return None

    return check


def additional_properties(value: Any, schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`additionalProperties`: of what neither `properties` nor `patternProperties` speaks of."""
    known = mapped(schema.get("properties", {}), (*at[:-1], "properties")).keys()
    sources = mapped(schema.get("patternProperties", {}), (*at[:-1], "patternProperties"))
    patterns: list[Pattern] = [builder.pattern(one, (*at[:-1], "patternProperties", one)) for one in sources]
    node = builder.node(value, at)

    def spoken_of(name: str, run: Run) -> bool:
        run.step(1 + len(patterns))
        return name in known or any(found(pattern, name, run) for pattern in patterns)

    def check(given: Any, run: Run) -> Path | None:
        for name, inner in cast("dict[str, Any]", given).items() if type(given) is dict else ():
            path = None if spoken_of(name, run) else node.breach(inner, run)
            if path is not None:
                return path
        return None

    return check


def property_names(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`propertyNames`."""
    node = builder.node(value, at)

    def check(given: Any, run: Run) -> Path | None:
        for name in cast("dict[str, Any]", given) if type(given) is dict else ():
            path = node.breach(name, run)
            if path is not None:
                return path
        return None

    return check


def required(value: Any, _schema: Mapping[str, Any], _builder: Builder, at: Path) -> Check:
    """`required`."""
    needed = names(value, at)

    def check(given: Any, run: Run) -> Path | None:
        if type(given) is not dict:
            return None
        run.step(len(needed) // 8)
        return next(((name,) for name in needed if name not in given), None)

    return check


def dependent_required(value: Any, _schema: Mapping[str, Any], _builder: Builder, at: Path) -> Check:
    """`dependentRequired`."""
    needed = {name: names(one, (*at, name)) for name, one in mapped(value, at).items()}

    def check(given: Any, run: Run) -> Path | None:
        if type(given) is not dict:
            return None
        for name, others in needed.items():
            run.step(1 + len(others) // 8)
            if name in given and any(other not in given for other in others):
                return (name,)
        return None

    return check


def dependent_schemas(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`dependentSchemas`."""
    nodes = {name: builder.node(one, (*at, name)) for name, one in mapped(value, at).items()}

    def check(given: Any, run: Run) -> Path | None:
        for name, node in nodes.items() if type(given) is dict else ():
            run.step()
            path = node.breach(given, run) if name in given else None
            if path is not None:
                return (name, *path)
        return None

    return check


def items(value: Any, schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`items`: of all that `prefixItems` does not speak of; as a list, `prefixItems` of draft 7."""
    if isinstance(value, list):
        return prefix_items(cast("object", value), schema, builder, at)
    first = len(listed(schema.get("prefixItems", []), (*at[:-1], "prefixItems")))
    return _from(first, builder.node(value, at))


def additional_items(value: Any, schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`additionalItems` of draft 7, which speaks where `items` is a list."""
    before = schema.get("items")
    if not isinstance(before, list):
        return lambda given, run: None
    return _from(len(cast("list[Any]", before)), builder.node(value, at))


def prefix_items(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`prefixItems`."""
    nodes = [builder.node(one, (*at, str(place))) for place, one in enumerate(listed(value, at))]

    def check(given: Any, run: Run) -> Path | None:
        given = cast("list[Any]", given) if type(given) is list else []
        for place, (node, one) in enumerate(zip(nodes, given, strict=False)):
            path = node.breach(one, run)
            if path is not None:
                return (str(place), *path)
        return None

    return check


def contains(value: Any, schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`contains`, with `minContains` and `maxContains`."""
    node = builder.node(value, at)
    least = count(schema.get("minContains", 1), (*at[:-1], "minContains"))
    most = count(schema["maxContains"], (*at[:-1], "maxContains")) if "maxContains" in schema else None

    def check(given: Any, run: Run) -> Path | None:
        if type(given) is not list:
            return None
        fit = sum(node.breach(one, run) is None for one in cast("list[Any]", given))
        return None if fit >= least and (most is None or fit <= most) else ()

    return check


def unique_items(value: Any, _schema: Mapping[str, Any], _builder: Builder, at: Path) -> Check:
    """`uniqueItems`, by one look at each item."""
    if not isinstance(value, bool):
        raise SchemaFault(at, {"ja": "true か false", "en": "true or false"})

    def check(given: Any, run: Run) -> Path | None:
        seen: set[str] = set()
        for one in cast("list[Any]", given) if value and type(given) is list else ():
            form = canonical(one, run)
            if form in seen:
                return ()
            seen.add(form)
        return None

    return check


def all_of(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`allOf`."""
    nodes = _nodes(value, builder, at)

    def check(given: Any, run: Run) -> Path | None:
        for place, node in enumerate(nodes):
            path = node.breach(given, run)
            if path is not None:
                return (str(place), *path)
        return None

    return check


def any_of(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`anyOf`."""
    nodes = _nodes(value, builder, at)
    return lambda given, run: None if any(node.breach(given, run) is None for node in nodes) else ()


def one_of(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`oneOf`."""
    nodes = _nodes(value, builder, at)

    def check(given: Any, run: Run) -> Path | None:
        fit = 0
        for node in nodes:
            fit += node.breach(given, run) is None
            if fit > 1:
                break
        return None if fit == 1 else ()

    return check


def none_of(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`not`."""
    node = builder.node(value, at)
    return lambda given, run: None if node.breach(given, run) is not None else ()


def condition(value: Any, schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`if`, with `then` and `else`."""
    node = builder.node(value, at)
    fits, otherwise = (
        builder.node(schema[name], (*at[:-1], name)) if name in schema else None for name in ("then", "else")
    )

    def check(given: Any, run: Run) -> Path | None:
        name, chosen = ("then", fits) if node.breach(given, run) is None else ("else", otherwise)
        path = chosen.breach(given, run) if chosen is not None else None
        return None if path is None else (name, *path)

    return check


def reference(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`$ref`, within the document."""
    return builder.referred(value, at).breach


def _from(first: int, node: Node) -> Check:
    def check(given: Any, run: Run) -> Path | None:
        for one in cast("list[Any]", given)[first:] if type(given) is list else ():
            path = node.breach(one, run)
            if path is not None:
                return path
        return None

    return check


def _nodes(value: Any, builder: Builder, at: Path) -> list[Node]:
    if not isinstance(value, list) or not value:
        raise SchemaFault(at, _SCHEMAS)
    return [builder.node(one, (*at, str(place))) for place, one in enumerate(cast("list[Any]", value))]
