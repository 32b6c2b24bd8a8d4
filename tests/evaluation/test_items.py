import json
from collections import Counter

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.evaluation.items import BUILT_IN, Span, drawn, read, sets
from sekisho.policy.taxonomy import taxonomy


def written(tmp_path, *lines, name="some.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_marks_become_places_in_the_plain_text(tmp_path):
    text = "𠮷担当⟦privacy.person_name|山田⟧、⟦privacy.phone|090-1234-5678⟧です"
    (item,) = read(written(tmp_path, {"id": "1", "text": text, "stage": "exit"})).items
    assert item.text == "𠮷担当山田、090-1234-5678です"
    assert item.spans == (Span(3, 5, "privacy.person_name"), Span(6, 19, "privacy.phone"))
    assert [item.text[span.start : span.end] for span in item.spans] == ["山田", "090-1234-5678"]
    assert item.labels == {"privacy.person_name", "privacy.phone"}
    assert item.stage is Stage.EXIT


def test_a_set_with_labels_is_about_whole_texts(tmp_path):
    lines = [{"id": "1", "text": "a", "labels": ["harm.hate"]}, {"id": "2", "text": "b", "labels": [], "hard": True}]
    found = read(written(tmp_path, *lines))
    assert (found.name, found.by_place, found.areas) == ("some", False, ("harm",))
    assert [(item.labels, item.hard) for item in found.items] == [({"harm.hate"}, False), (frozenset(), True)]
    assert read(written(tmp_path, {"id": "1", "text": "⟦secret.token|x⟧"})).by_place


@pytest.mark.parametrize(
    "line",
    ["{", '{"id": 1}', {"id": "1", "text": "⟦privacy.phone|1"}, {"id": "1", "text": "⟦nothing.known|1⟧"},
     {"id": "1", "text": "a", "labels": ["harm.unknown"]}, {"id": "1", "text": "a", "stage": "nowhere"},
     {"id": "1", "text": "a", "label": []}],
)  # fmt: skip
def test_a_line_that_does_not_fit_is_named(tmp_path, line):
    good = {"id": "0", "text": "a", "labels": []}
    with pytest.raises(ConfigurationError, match=r"some\.jsonl, line 2"):
        read(written(tmp_path, good, line))


def test_a_harmless_line_may_leave_labels_out_but_no_set_has_labels_and_places(tmp_path):
    labelled, bare = {"id": "1", "text": "a", "labels": ["harm.hate"]}, {"id": "2", "text": "b"}
    placed = {"id": "3", "text": "⟦secret.token|x⟧"}
    assert not read(written(tmp_path, labelled, bare)).by_place
    assert read(written(tmp_path, bare, placed)).by_place
    for lines in ((labelled, placed), (placed, bare, labelled)):
        with pytest.raises(ConfigurationError, match="a set has either"):
            read(written(tmp_path, *lines))


def test_a_directory_without_sets_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="no set"):
        sets(tmp_path)


def test_in_a_set_of_harmless_items_whatever_is_found_counts(tmp_path):
    written(tmp_path, {"id": "1", "text": "x", "labels": []}, name="calm.jsonl")
    assert {"harm", "attack", "privacy", "code"} <= set(sets(tmp_path)[0].areas)


def test_sets_are_found_by_name(tmp_path):
    for name in ("b", "a"):
        written(tmp_path, {"id": "1", "text": "x", "labels": []}, name=f"{name}.jsonl")
    assert [one.name for one in sets(tmp_path)] == ["a", "b"]
    assert [one.name for one in sets(tmp_path, ["b"])] == ["b"]
    with pytest.raises(ConfigurationError, match="known: a, b"):
        sets(tmp_path, ["c"])


def test_a_sample_is_always_the_same_and_has_as_many_harmless_ones_in_proportion(tmp_path):
    lines = [{"id": str(n), "text": f"x{n}", "labels": ["harm.hate"] if n < 30 else []} for n in range(120)]
    given = read(written(tmp_path, *lines))
    few = drawn(given, 20)
    assert sum(bool(item.labels) for item in few.items) == 5
    assert len(few.items) == 20
    assert [int(item.id) for item in few.items] == sorted(int(item.id) for item in few.items)
    assert [item.id for item in few.items] != [item.id for item in given.items[:20]]
    assert drawn(given, 20) == few
    assert drawn(given, None) == drawn(given, 120) == given
    assert {bool(item.labels) for item in drawn(given, 2).items} == {True, False}


def test_the_built_in_items_are_sound():
    found = sets(BUILT_IN)
    items = [item for one in found for item in one.items]
    assert len({item.id for item in items}) == len(items)
    assert len({item.text for item in items}) == len(items)
    assert {label for item in items for label in item.labels} <= set(taxonomy())
    assert all(not item.labels for item in items if item.hard)


def test_the_card_tells_how_many_items_there_are():
    card = (BUILT_IN / "CARD.md").read_text("utf-8")
    tables: dict[str, dict[str, str]] = {}
    for line in card.splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if line.startswith("| |"):
            head = cells[1:]
        elif line.startswith("|") and not line.startswith("|---"):
            tables |= {cells[0]: tables.get(cells[0], {}) | dict(zip(head, cells[1:], strict=True))}
    for one in sets():
        labels = Counter(span.category for item in one.items for span in item.spans) or Counter(
            label for item in one.items for label in item.labels
        )
        told = tables["全体 / all"].get(one.name) or tables[one.name]["全体 / all"]
        assert told == str(len(one.items))
        (listed,) = [line for line in card.splitlines() if line.startswith(f"{one.name}: ")] or [""]
        for label, count in labels.items():
            assert f"`{label}` {count}" in listed or tables[label][one.name] == str(count), label
