import pytest
from tests.governance.making import Log


@pytest.fixture
def log(tmp_path):
    opened = Log(tmp_path / "home")
    yield opened
    opened.ledger.close()
