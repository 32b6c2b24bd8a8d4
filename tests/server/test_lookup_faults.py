import pytest

from sekisho.server.lookup_faults import LookupUnavailable, TextTooLong, TooManyLookups, UnknownFile


@pytest.mark.parametrize(
    ("fault", "status"),
    [(TooManyLookups(retry_s=7), 429), (LookupUnavailable(), 503), (TextTooLong(limit=5), 413), (UnknownFile(), 415)],
)
def test_each_speaks_and_advises_in_both_languages(fault, status):
    assert fault.status == status
    for language in ("ja", "en"):
        assert "{" not in fault.say(language) + fault.advise(language)
    assert fault.say("ja") != fault.say("en")
