import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.governance import register as module
from sekisho.governance.register import Register
from sekisho.governance.rejected import BundleRejected

NAMES = st.integers(0, 30).map(lambda number: f"{number:026}")


@given(st.lists(st.tuples(NAMES, st.one_of(st.just(-1), st.integers(0, 20))), max_size=20))
def test_it_finds_what_a_dictionary_of_everything_would(rows):
    recorded, gone, sound = {}, set(), True
    with Register() as register:
        for position, (name, erased) in enumerate(rows):
            register.note(name, position, erased)
            if erased < 0:
                sound = sound and name not in recorded
                recorded.setdefault(name, position)
            else:
                sound = sound and recorded.get(name) == erased and erased not in gone
                gone.add(erased)
        if sound:
            register.check()
        else:
            with pytest.raises(BundleRejected):
                register.check()


def test_what_does_not_fit_into_memory_goes_to_disk(monkeypatch):
    monkeypatch.setattr(module, "IN_MEMORY", 100)
    with Register() as register:
        for number in range(20_000):
            register.note(f"{number:026}", number)
        register.check()
        register.note(f"{7:026}", 20_000)
        with pytest.raises(BundleRejected, match="entry 20000,"):
            register.check()
