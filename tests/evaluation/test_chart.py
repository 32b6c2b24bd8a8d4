import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.evaluation.chart import HEIGHT, WIDTH, Axis, Frame, reach
from sekisho.evaluation.metrics import Figure

shares = st.floats(0, 1)


def frame(most=0.5):
    return Frame("A <title>", "what it shows", Axis("across & so on", most), Axis("up", 1.0))


@given(shares, shares)
def test_every_share_lies_in_the_drawing_and_more_is_further_right_and_up(x, y):
    left, low = frame().place(0, 0)
    across, up = frame().place(x, y)
    assert left <= across <= WIDTH
    assert 0 <= up <= low <= HEIGHT


def test_the_drawing_is_xml_with_both_axes_named_and_no_links():
    point = Figure(0.2, 0.1, 0.3)
    text = frame().svg([frame().cross(point, point, "red"), frame().band([(0, 1)], [(0, 0)])], [("red", "a < b")])
    root = ET.fromstring(text)
    words = [one.text for one in root.iter() if one.text]
    assert {"A <title>", "across & so on", "up", "a < b", "50 %", "100 %"} <= set(words)
    assert root.find("{*}title").text == "A <title>"
    assert not [name for one in root.iter() for name in one.attrib if name.endswith("href")]
    assert "script" not in text


@pytest.mark.parametrize(("given", "end"), [([0.01, 0.05], 0.05), ([0.06], 0.1), ([0.51], 1.0), ([], 1.0)])
def test_an_axis_ends_beyond_what_it_shows(given, end):
    assert reach(given) == end
