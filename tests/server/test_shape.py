import msgspec
import pytest

from sekisho.core.errors import InvalidField, UnreadableBody
from sekisho.server.shape import decoded


class Asked(msgspec.Struct):
    text: str
    number: int = 0


def test_a_body_of_the_shape_is_read():
    assert decoded(b'{"text": "a", "number": 3}', Asked) == Asked("a", 3)


@pytest.mark.parametrize(
    ("body", "english", "japanese"),
    [
        (b"{}", "The field text is not valid; expected a value.", "項目 text が正しくありません。必要な値: 何らかの値"),
        (
            b'{"text": 1}',
            "The field text is not valid; expected a text.",
            "項目 text が正しくありません。必要な値: 文字列",
        ),
        (
            b"[]",
            "The field body is not valid; expected an object.",
            "項目 body が正しくありません。必要な値: オブジェクト",
        ),
    ],
)
def test_what_does_not_fit_is_told_in_the_language_of_the_reader(body, english, japanese):
    with pytest.raises(InvalidField) as told:
        decoded(body, Asked)
    assert (told.value.say("en"), told.value.say("ja")) == (english, japanese)


DEEP = b'{"other": ' + b"[" * 100_000


@pytest.mark.parametrize("body", [b"", b"{", b'{"text": "\xff"}', DEEP], ids=lambda body: repr(body[:9]))
def test_what_is_not_json_is_told_as_that(body):
    with pytest.raises(UnreadableBody):
        decoded(body, Asked)
