import msgspec
from tests.governance.making import audit


def test_the_report_is_json_for_programs_and_the_same_for_the_same_log(log):
    log.grow(30)
    raw = log.bundle()
    first, second = (msgspec.json.encode(audit(raw)) for _ in range(2))
    assert first == second
    told = msgspec.json.decode(first)
    assert (told["size"], told["read"], told["kinds"]) == (30, len(raw), {"exchange": 30})
    assert told["verdicts"] == {"pass": 10, "annotate": 0, "mask": 10, "replace": 0, "hold": 0, "refuse": 10}
