import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.evaluation.examples import area_of, examples, named, within


def written(tmp_path, text, name="mine.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8-sig"))
    return path


def test_a_table_has_labels_in_several_spellings(tmp_path):
    rows = 'text,label\n"a, b",attack.jailbreak harm\nc,1\nd,有害\ne,0\nf,無害\ng,\n'
    items = examples(written(tmp_path, rows), Stage.EXIT, "attack")
    assert [item.text for item in items] == ["a, b", "c", "d", "e", "f", "g"]
    none = frozenset()
    assert [item.labels for item in items] == [{"attack.jailbreak", "harm"}, {"attack"}, {"attack"}, none, none, none]
    assert {item.stage for item in items} == {Stage.EXIT}
    assert [item.id for item in items] == ["2", "3", "4", "5", "6", "7"]


def test_a_table_may_name_stage_and_source(tmp_path):
    (item,) = examples(written(tmp_path, "source,stage,label,text,id\nbook,source,harm,x,7\n"), Stage.ENTRY, "")
    assert (item.source, item.stage, item.id) == ("book", Stage.SOURCE, "7")


def test_json_lines_take_the_stage_asked_for_unless_they_name_one(tmp_path):
    lines = '{"text":"a","labels":["harm"],"source":"s"}\n{"text":"b","labels":[],"stage":"entry"}'
    first, second = examples(written(tmp_path, lines.encode(), "mine.jsonl"), Stage.EXIT, "harm")
    assert (first.stage, first.source, first.id) == (Stage.EXIT, "s", "1")
    assert second.stage is Stage.ENTRY


@pytest.mark.parametrize(
    ("text", "where"),
    [("text\na\n", "mine.csv: has no column label"), ("text,label\na,harm.unknown\n", "mine.csv, row 2: no category"),
     ("text,label,stage\na,,nowhere\n", "mine.csv, row 2"), ("text,label\na,1\n", "mine.csv, row 2.*--category"),
     (b"text,label\n\xff,\n", "mine.csv: .*utf-8"), ('text,label\n"a,\n', "mine.csv: unexpected end")],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_named(tmp_path, text, where):
    with pytest.raises(ConfigurationError, match=where):
        examples(written(tmp_path, text), Stage.ENTRY, "")


def test_the_area_is_that_of_all_labels_or_must_be_named(tmp_path):
    one = examples(written(tmp_path, "text,label\na,harm.hate\nb,harm.adult\nc,\n"), Stage.ENTRY, "")
    assert area_of(one) == "harm"
    for rows in ("text,label\na,harm\nb,attack\n", "text,label\na,\n"):
        with pytest.raises(ConfigurationError, match="must name what to tune"):
            area_of(examples(written(tmp_path, rows), Stage.ENTRY, ""))


def test_a_category_must_be_one_of_the_taxonomy():
    assert named("attack.injection") == "attack.injection"
    with pytest.raises(ConfigurationError, match="did you mean `attack`"):
        named("atack")


def test_a_kind_is_within_its_area_and_not_the_other_way_round():
    assert within("attack.injection.direct", "attack.injection")
    assert within("attack", "attack")
    assert not within("attack", "attack.injection")
    assert not within("attackers", "attack")
