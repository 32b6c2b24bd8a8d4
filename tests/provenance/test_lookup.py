import asyncio
import random
from contextlib import closing

import pytest
from tests.provenance.kept import record

from sekisho.ledger.ledger import Ledger
from sekisho.policy import notices
from sekisho.provenance.indexer import Indexer
from sekisho.provenance.lookup import MOST, Lookup
from sekisho.provenance.passages.index import Passages

ANSWER = (
    "転入届は、新しい住所に住み始めた日から14日以内に、市役所の窓口へお出しください。"
    "前の市区町村で受け取った転出証明書と、本人確認書類が必要です。マイナンバーカードをお持ちの方は、オンラインでも手続きできます。"
)
OTHER = "国民健康保険の保険料は前年の所得に応じて決まります。納付書は六月に届きます。減免については窓口へどうぞ。"


def words(letters, seed):
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=letters))


@pytest.fixture(scope="module")
def lookup(tmp_path_factory):
    home = tmp_path_factory.mktemp("lookup")
    with closing(Ledger.open(home)) as ledger, closing(Passages.open(home)) as passages:

        async def fill():
            await ledger.append(record(1, ANSWER))
            await ledger.append(record(2, OTHER, words(400, 1)))
            for number in range(3, 9):
                await ledger.append(record(number, words(300, 2)))

        asyncio.run(fill())
        while Indexer(ledger, passages).step():
            pass
        yield Lookup(ledger, passages)


def only(lookup, text):
    (found,) = lookup.find(text)
    return found


def test_the_answer_itself_came_through_letter_for_letter(lookup):
    found = only(lookup, f"  {ANSWER}\n")
    assert (int(found.exchange), found.position, found.result, found.exact) == (1, 0, "unchanged", True)
    assert (found.share, found.of_answer) == (1.0, 1.0)


def test_other_spaces_width_and_punctuation_leave_it_unchanged_but_not_exact(lookup):
    found = only(lookup, "> " + ANSWER.replace("、", ",\n> ").replace("14", "１４"))
    assert (found.result, found.exact) == ("unchanged", False)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_label_under_it_does_not_count(lookup, language):
    found = only(lookup, f"{ANSWER}\n\n{notices.label('any-model', language)}\n")
    assert (found.result, found.exact) == ("unchanged", True)


def test_an_edited_answer_shows_what_is_the_same(lookup):
    text = ANSWER.replace("市役所の窓口", "区役所の総合窓口").replace("本人確認書類", "身分証明書")
    found = only(lookup, text)
    assert found.result == "edited"
    same = [text[start:end] for start, end in found.spans]
    assert "前の市区町村で受け取った転出証明" in "".join(same)
    assert not any("総合" in one for one in same)
    assert not any("身分証明" in one for one in same)


def test_a_passage_in_another_text_is_told_with_its_place(lookup):
    text = "友人から聞いた話です。" + ANSWER[41:90] + "とのことでした。" + words(300, 7)
    found = only(lookup, text)
    assert (int(found.exchange), found.result) == (1, "passages")
    assert ANSWER[45:85] in "".join(text[start:end] for start, end in found.spans)
    assert found.share < 0.3


def test_each_choice_of_an_answer_is_a_text_of_its_own(lookup):
    found = only(lookup, words(400, 1))
    assert (int(found.exchange), found.result, found.exact) == (2, "unchanged", True)


def test_of_many_exchanges_with_the_same_answer_the_earliest_are_told(lookup):
    assert [int(one.exchange) for one in lookup.find(words(300, 2))] == [3, 4, 5][:MOST]


@pytest.mark.parametrize("text", ["", "はい。", "x" * 500, words(500, 99), "転入届は、新しい住所に"])
def test_an_unknown_or_short_text_is_not_known(lookup, text):
    assert lookup.find(text) == []
