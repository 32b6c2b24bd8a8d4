"""What is told at the start of rules for which nothing looks."""

from sekisho.core.settings import Settings
from sekisho.guards.protocol import load
from sekisho.policy.load import Profiles
from sekisho.server.unsought import sentences

MINE = "profile: mine\ntitle: {ja: わたし, en: Mine}\nexit: {rights: refuse, privacy: mask}\n"


def test_only_profiles_of_the_operators_own_are_told(tmp_path):
    guards = load(["privacy"])
    assert list(sentences(Settings(), guards, Profiles())) == []
    (tmp_path / "mine.yaml").write_text(MINE, "utf-8")
    (told,) = sentences(Settings(), guards, Profiles([tmp_path]))
    assert told["ja"].endswith("働かない規則があります: exit.rights")
    assert told["en"].startswith("mine: ")
