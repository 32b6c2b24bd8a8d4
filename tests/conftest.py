"""What all tests share: how Hypothesis judges them, and which come first."""

import gc

from hypothesis import HealthCheck, settings

# Hypothesis judges no speed, since a machine under load is no fault of the code's.
settings.register_profile("sekisho", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sekisho")

LONG = ("bench", "docs")  # directories whose single tests take longest


def pytest_collection_modifyitems(items):
    """In random order, but what takes long first, so that no core waits for it at the end."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


def pytest_collection_finish():
    """All tests with what their files hold are there to the end: nobody need look for garbage among them."""
    gc.collect()
    gc.freeze()
