"""Server-sent events."""

from hypothesis import given
from hypothesis import strategies as st

from sekisho.models.flaw import Flaw
from sekisho.models.sse import EventParser

PIECES = [
    b"data: a\n\n", b"data: {\"x\": 1}\n\n", "data: 関所\n\n".encode(), b"data:b\r\n\r\n", b"\r\r", b"\n", b"\r",
    b": note\n\n", b"event: x\nid: 1\nretry: 5\ndata: y\n\n", b"data: one\ndata: two\n\n", b"data\n\n", b"data: \n\n",
    b"data: half", b"\xef\xbb\xbf", b"data: \xe9\x96\n\n", b"\xff", b"data: [DONE]\n\n",
    b"data: " + b"z" * 70 + b"\n\n",
]  # fmt: skip
streams = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)), max_size=12).map(b"".join)


def read(*pieces, limit=1 << 20):
    parser = EventParser(limit)
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events, parser.flaw


@given(streams, st.data())
def test_how_a_stream_is_cut_changes_nothing(stream, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert read(*pieces, limit=64) == read(stream, limit=64)


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), max_size=10))
def test_what_was_written_is_read(texts):
    stream = b"".join(b"data: " + text.encode() + b"\n\n" for text in texts)
    assert read(stream) == ([text.encode() for text in texts], None)


def test_half_an_event_is_never_given_out():
    assert read(b"data: a\n\ndata: b\n") == ([b"a"], None)


def test_lines_of_one_event_are_joined_and_other_fields_dropped():
    assert read(b": hello\nevent: x\ndata: a\nid: 4\ndata:b\n\n") == ([b"a\nb"], None)


def test_a_byte_order_mark_is_dropped_also_when_it_is_cut():
    assert read(b"\xef", b"\xbb", b"\xbfdata: a\n\n") == ([b"a"], None)


def test_invalid_utf8_is_a_flaw_after_the_events_before_it():
    assert read(b"data: a\n\ndata: \xe9\x96\n\ndata: b\n\n") == ([b"a"], Flaw.NOT_UTF8)


def test_a_character_cut_over_two_reads_is_sound():
    event = "data: 関\n\n".encode()
    assert read(event[:7], event[7:]) == (["関".encode()], None)


def test_a_line_without_an_end_is_dropped_at_the_limit_and_not_kept():
    parser = EventParser(limit=1000)
    for _ in range(20):
        parser.feed(b"data: " + b"x" * 94)
    assert parser.flaw is Flaw.EVENT_TOO_LARGE
    assert parser.feed(b"\n\ndata: a\n\n") == []


def test_many_short_lines_of_one_event_reach_the_limit_too():
    assert read(b"data: x\n" * 200, limit=300) == ([], Flaw.EVENT_TOO_LARGE)
