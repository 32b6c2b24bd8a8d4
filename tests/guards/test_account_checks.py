"""Names for online services and machines."""

import pytest

from sekisho.guards import account_checks


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (account_checks.account, "tyamada01", "string"),
        (account_checks.account, "tyamada01", "os.environ"),
        (account_checks.loose_account, "takagi.m", "A20931"),
        (account_checks.page_owner, "otsuka-m", "features"),
        (account_checks.account, "mhatano", "nginx"),
        (account_checks.nickname, "くらげ", "変更できます"),
        (account_checks.nickname, "のぞみ", "反応しないのが基本"),
    ],
)
def test_what_people_call_themselves_is_told_from_words_and_machines(check, good, bad):
    assert check(good) is not None
    assert check(bad) is None
