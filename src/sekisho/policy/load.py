"""The profiles that can be used: built-in ones, and those of the operator's directories."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual
from sekisho.core.located import read
from sekisho.policy.document import profile_of
from sekisho.policy.profile import Profile

BUILT_IN = Path(__file__).with_name("profiles")


class Profiles:
    """All profiles, read and checked once. A later directory's profile replaces one of the same name.

    Raises `ConfigurationError` for the first mistake in any file, for a directory that does not exist, and for two
    files of one directory that bear the same name.
    """

    def __init__(self, directories: Sequence[Path] = ()) -> None:
        self._profiles: dict[str, Profile] = {}
        self._files: dict[str, Path] = {}
        for directory in (BUILT_IN, *directories):
            self._add(directory)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all profiles, sorted."""
        return tuple(sorted(self._profiles))

    def __contains__(self, name: object) -> bool:
        return name in self._profiles

    def __iter__(self) -> Iterator[Profile]:
        return iter(self._profiles.values())

    @property
    def all(self) -> tuple[Profile, ...]:
        """All profiles, by name."""
        return tuple(self._profiles[name] for name in self.names)

    @property
    def own(self) -> frozenset[str]:
        """The names of those that are read from the operator's directories."""
        return frozenset(name for name, file in self._files.items() if file.parent != BUILT_IN)

    def get(self, name: str) -> Profile:
        """The profile of that name. Raises `ConfigurationError` where there is none."""
        self._check(name)
        return self._profiles[name]

    def file(self, name: str) -> Path:
        """The file that the profile was read from. Raises `ConfigurationError` where there is none."""
        self._check(name)
        return self._files[name]

    def _check(self, name: str) -> None:
        if name not in self._profiles:
            near = get_close_matches(name, self.names, n=1, cutoff=0.5)
            hint = f"did you mean `{near[0]}`?" if near else "there are " + ", ".join(self.names)
            advice = f"`{near[0]}` ですか?" if near else "あるのは " + ", ".join(self.names) + " です"
            what = {
                "ja": f"`{name[:80]}` というプロファイルはありません。{advice}",
                "en": f"there is no profile `{name[:80]}`; {hint}",
            }
            raise ConfigurationError(where="profile", what=what)

    def _add(self, directory: Path) -> None:
        here: dict[str, Path] = {}
        for file in files_in(directory):
            document = read(file)
            profile = profile_of(document)
            if profile.name in here:
                what: Bilingual = {
                    "ja": f"プロファイル `{profile.name}` は、すでに {here[profile.name].name} にあります",
                    "en": f"the profile `{profile.name}` is already in {here[profile.name].name}",
                }
                raise document.error(what, "profile")
            here[profile.name] = file
            self._profiles[profile.name] = profile
        self._files.update(here)


def files_in(directory: Path) -> list[Path]:
    """The YAML files of a directory, sorted. Raises `ConfigurationError` where it cannot be read."""
    try:
        return sorted(file for file in directory.iterdir() if file.suffix in (".yaml", ".yml"))
    except OSError as fault:
        raise ConfigurationError(
            where=str(directory), what={"ja": f"読めません({fault})", "en": f"cannot be read: {fault}"}
        ) from fault
