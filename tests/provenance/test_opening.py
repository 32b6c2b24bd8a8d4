import base64
import hashlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance import opening
from sekisho.provenance.opening import LAST, Opening, Part

SALT = bytes(range(16))
RAW = b'{"messages":[]}'
ROLES = ("user", "assistant")

messages = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(ROLES), "content": st.text(max_size=6)}), min_size=1, max_size=40
)
answers = st.lists(st.text(max_size=6), max_size=20).map(
    lambda told: [{"index": at, "content": text} for at, text in enumerate(told)]
)


def opened(asked, choices=None):
    listed = opening.of_request(SALT, RAW, asked)
    answer = "" if choices is None else opening.of_answer(SALT, choices)
    return Opening(SALT, opening.digest(SALT), listed, answer)


def users(*texts):
    return [{"role": "user", "content": text} for text in texts]


def plain(digest):
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_the_form_is_as_described():
    """By hand, as somebody else would write it."""
    own = hashlib.sha512(SALT + b"\x00").digest()
    whole = hashlib.sha256(own[:16] + RAW).digest()
    first = hashlib.sha256(own[16:32] + "user\n問い".encode()).digest()
    own = hashlib.sha512(SALT + b"\x08").digest()
    rest = hashlib.sha256(own[:16] + b'[{"index":0}]').digest()
    said = hashlib.sha256(own[16:32] + "答え".encode()).digest()
    made = opened(users("問い"), [{"index": 0, "content": "答え"}])
    assert str(made) == f"{plain(SALT)}~1.{plain(whole + first)}~1.{plain(rest + said)}"
    assert opening.stated(made.commitment, made.request) == plain(
        hashlib.sha256(f"{plain(hashlib.sha256(SALT).digest())}~{made.request}".encode()).digest()
    )


@given(messages, st.none() | answers)
def test_an_opening_reads_as_it_was_written(asked, choices):
    made = opened(asked, choices)
    assert Opening.parse(str(made)) == made
    for name in made.names:
        only = made.only(name)
        assert Opening.parse(str(only)) == only


@given(messages, answers)
def test_every_part_is_found_and_shows_no_other(asked, choices):
    made = opened(asked, choices)
    first = max(len(asked) - LAST, 0)
    for at, message in enumerate(asked[first:], first):
        text = message["content"].encode()
        assert made.part(f"m{at}", text, ROLES) == Part(f"m{at}", message["role"])
        only = made.only(f"m{at}")
        assert only.part(f"m{at}", text, ROLES)
        assert [name for name in made.names if only.own(name)] == [f"m{at}"]
        assert made.part(f"m{at}", text + b" ", ROLES) is None
    for at, choice in enumerate(choices[:LAST]):
        assert made.part(f"c{at}", choice["content"].encode()) == Part(f"c{at}")


def test_a_long_conversation_stays_small_and_its_beginning_has_one_digest():
    asked = users(*(f"{at}" for at in range(200)))
    made = opened(asked, [{"index": 0, "content": "x"}] * 16)
    assert made.names[:3] == ["request", "earlier", "m184"]
    assert len(str(made)) < 1700
    assert made.part("earlier", orjson.dumps(asked[:184], option=orjson.OPT_SORT_KEYS)) == Part("earlier")
    assert made.part("m0", b"0", ROLES) is None


def test_the_role_of_a_message_is_part_of_what_it_is():
    made = opened(users("x"))
    assert made.part("m0", b"x", ["assistant", "system"]) is None
    assert made.part("m0", b"x", ["assistant", "user"]) == ("m0", "user")


def test_contents_that_are_no_text_count_as_their_json():
    part = [{"type": "text", "text": "x"}]
    made = opened([{"role": "user", "content": part}, {"role": "assistant"}], [{"index": 0}])
    assert made.part("m0", b'[{"text":"x","type":"text"}]', ROLES) == ("m0", "user")
    assert made.part("m1", b"", ROLES) == ("m1", "assistant")
    assert made.part("c0", b"") == ("c0", "")


def test_a_part_that_is_not_there_cannot_be_shown():
    made = opened(users("x"))
    for name in ("c0", "m1", "answer"):
        with pytest.raises(KeyError):
            made.only(name)
    with pytest.raises(KeyError):
        made.only("m0").only("request")


GOOD = str(opened(users("x"), [{"index": 0, "content": "y"}]))
ONLY = str(opened(users("x"), [{"index": 0, "content": "y"}]).only("m0"))


@pytest.mark.parametrize(
    "text",
    ["", "~", "~~", GOOD[:-1], GOOD + "~", GOOD + "A", GOOD.replace("~1.", "~2.", 1), GOOD.replace("~1.", "~01.", 1),
     GOOD.replace("~1.", "~0.", 1), GOOD[1:], "あ" + GOOD, GOOD + "~m0.AAAA", ONLY.replace("~m0", "~x0"), ONLY[:-1],
     ONLY[1:], GOOD.replace("~", "~\n", 1), "A" * 21 + "B" + GOOD[22:]],
)  # fmt: skip
def test_anything_else_is_no_opening(text):
    with pytest.raises(ValueError, match="not"):
        Opening.parse(text)


@given(st.text())
def test_any_text_at_all_is_refused_in_an_orderly_way(text):
    with pytest.raises(ValueError, match="not"):
        Opening.parse(text)
