"""One real server for each test file that wants one; each test gets a model name of its own."""

import pytest
from tests.server.running import models, serving, upstream

LIMITS = {"body_bytes": 200_000, "body_s": 1.0, "write_s": 1.0}
HASTY = {"whole-in-time": "total", "begun-in-time": "first_token", "on-in-time": "between_tokens"}  # or not at all
NAMES = [f"m{number}" for number in range(60)]


@pytest.fixture(scope="module")
def model_server():
    with upstream() as started:
        yield started


@pytest.fixture(scope="module")
def running(tmp_path_factory, model_server):
    """A server with small limits. That its log stays clean is checked at the end."""
    settings = {**models(model_server.url, *NAMES), "limits": LIMITS}
    for name, timeout in HASTY.items():
        settings["models"] |= models(model_server.url, name, timeouts={timeout: 1})["models"]
    with serving(tmp_path_factory.mktemp("serve"), settings) as server:
        server.get("/healthz")
        server.names = iter(NAMES)
        yield server
        assert server.complaints() == []


@pytest.fixture
def server(running, model):  # the model first, so that it behaves again
    return running


@pytest.fixture
def model(model_server):
    """The stub behind the server, well-behaved and empty."""
    model_server.reset()
    return model_server


@pytest.fixture
def name(running):
    """A model that no test has asked yet, so that no circuit breaker remembers anything."""
    return next(running.names)
