import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.printable import printable


@given(st.text())
def test_what_is_shown_is_printable_and_as_long_as_before(text):
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert printable(shown) == shown


@pytest.mark.parametrize("order", ["\x1b[2J", "\n", "\r", "\x9b", "\u202e", "\u2028", "\0"])
def test_orders_to_a_terminal_are_replaced(order):
    assert printable(f"関所{order}") == "関所\ufffd" + order[1:]
