"""A bundle that was handed out still passes, and the same log still gives the same bytes."""

from tests.governance.golden import FILE, WITNESS, made
from tests.governance.making import audit


def test_a_bundle_of_the_first_form_passes():
    report = audit(FILE.read_bytes(), witnesses=[WITNESS.verifier])
    assert (report.origin, report.size) == ("log.example/town", 5)
    assert report.kinds == {"erasure": 1, "exchange": 3, "gap": 1}
    assert report.unexplained == []


def test_the_same_log_gives_the_same_bytes_as_ever(tmp_path):
    assert made(tmp_path / "home") == FILE.read_bytes()
