import pytest

from sekisho.cli.replaying import Asked, pipeline, weights_of
from sekisho.core.errors import ConfigurationError, UnknownName
from sekisho.core.settings import Model, ModelGuard, Settings
from sekisho.models.weights import catalogue

FILE = Model(path="town.gguf", sha256="AB" * 32)
SERVER = Model(url="http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("name", "digest"),
    [("file", "ab" * 32), ("server", ""), ("embedded", catalogue()["small"].sha256), ("nobody", "")],
)
def test_the_digest_of_a_model_is_known_where_its_file_is_here(tmp_path, name, digest):
    settings = Settings(home=str(tmp_path), models={"file": FILE, "server": SERVER}, embedded="small")
    assert weights_of(settings, name) == digest


async def test_a_model_that_no_setting_names_is_an_error(tmp_path):
    settings = Settings(home=str(tmp_path), models={"server": SERVER}, guards=["secrets"])
    with pytest.raises(UnknownName):
        async with pipeline(settings, Asked("nobody")):
            pass


async def test_a_file_that_is_not_there_stops_the_replay_and_leaves_nothing_running(tmp_path):
    settings = Settings(home=str(tmp_path), models={"file": FILE}, guards=["secrets"])
    with pytest.raises(ConfigurationError, match=r"town\.gguf"):
        async with pipeline(settings, Asked("file")):
            pass


async def test_the_model_bears_the_name_of_the_record_and_judges_answer_nobody(tmp_path):
    guard = ModelGuard("asked", "judge", "judge", stages=["entry"])
    settings = Settings(
        home=str(tmp_path), models={"server": SERVER, "judge": SERVER}, guards=["secrets"], model_guards=[guard]
    )
    async with pipeline(settings, Asked("then", instead="server")) as made:
        assert made.models.names == ("then",)
