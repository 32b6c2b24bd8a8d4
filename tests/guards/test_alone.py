from sekisho.guards.alone import Alone

PATTERNS = {(0, True): "a[bc]", (1, False): "山本"}


def test_each_pattern_is_read_for_by_itself():
    anywhere, begun = Alone(PATTERNS), Alone(PATTERNS, begin=True)
    for text, found in (("xab", (True, False)), ("abx", (True, True)), ("xa", (False, False))):
        assert tuple(one.matches((0, True), text.encode()) for one in (anywhere, begun)) == found
    assert not anywhere.matches((1, False), b"ab")
    assert anywhere.matches((1, False), "山山本".encode())
