"""The command line as a person or a script meets it: in this process where that is faster, else as its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from colophon.bootstrap import runtime
from colophon.cli import main

SCRIPT = Path(sys.executable).with_name("colophon")


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        document = self.json
        assert list(document) == ["error"]
        assert {"code", "message", "where", "hint"} <= document["error"].keys()
        return document["error"]


Call = Callable[..., Answer]


def plain_environment() -> dict[str, str]:
    """This process's environment without anything that would reach the program under test."""
    own = ("COLOPHON_", "PREFECT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "BFL_API_KEY": ""}
    return {**kept, **quiet}


def process(
    arguments: Sequence[str], *, home: Path, environment: Mapping[str, str] | None = None, program: Sequence[str] = ()
) -> Answer:
    done = subprocess.run(
        [*(program or [str(SCRIPT)]), *arguments],
        env={**plain_environment(), "COLOPHON_HOME": str(home), **(environment or {})},
        cwd=home.parent,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the home will be, and the working folder around it; nothing is there yet."""
    for name in [name for name in os.environ if name.startswith("COLOPHON_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("BFL_API_KEY", raising=False)
    monkeypatch.setenv("COLOPHON_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """`colophon ARGUMENTS` in this process, each time as a new process would start."""

    def run(*arguments: str) -> Answer:
        runtime.cache_clear()
        monkeypatch.setattr(sys, "argv", ["colophon", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        _close()
        said = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Answer(left.value.code, said.out, said.err)

    yield run
    _close()


def _close() -> None:
    if runtime.cache_info().currsize:
        runtime().close()
    runtime.cache_clear()


@pytest.fixture
def brief(tmp_path: Path) -> Callable[..., str]:
    """Writes a small brief and gives its path."""

    def write(**members: object) -> str:
        path = tmp_path / "brief.json"
        path.write_text(json.dumps(SMALL_BRIEF | members, indent=1))
        return str(path)

    return write


SMALL_BRIEF: dict[str, object] = {
    "schema_version": 1,
    "campaign": "spring",
    "title": "Spring mugs",
    "brand": {"name": "Northwind"},
    "visuals": [{"id": "hero", "prompt": "A matte mug on an oak table"}, {"id": "plain", "prompt": "A jug, unsigned"}],
    "placements": ["linkedin/text_ad"],
    "budget": {"currency": "USD", "cap": "2.00"},
}


@dataclass
class Session:
    """One home's life through the installed command, step by step, with what each step left on disk."""

    home: Path
    steps: dict[str, Answer] = field(default_factory=dict)
    left: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def do(self, name: str, *arguments: str, **environment: str) -> Answer:
        self.steps[name] = process([*arguments, "--json"], home=self.home, environment=environment)
        self.left[name] = files_of(self.home)
        return self.steps[name]


def files_of(home: Path) -> dict[str, bytes]:
    """Every file of the places that hold pictures, orders and what is public."""
    places = (home / name for name in ("store", "sandbox", "cdn", "sheets"))
    return {str(p.relative_to(home)): p.read_bytes() for place in places for p in place.rglob("*") if p.is_file()}


def asset_of(view: Any, visual: str) -> str:
    return next(str(asset["id"]) for asset in view["assets"] if asset["visual"] == visual)


@pytest.fixture(scope="session")
def session(made_once: Callable[..., Any], prefect_url: str) -> Session:
    """init, run, run again, status, show; then a copy is taken (`bought`); then publish and unpublish. One home for all
    workers."""
    home, steps, left = made_once("session", lambda folder: _life(folder / "home", prefect_url))
    return Session(home, {name: Answer(*said) for name, said in steps.items()}, left)


def _life(home: Path, prefect_url: str) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    (home.parent / "brief.json").write_text(json.dumps(SMALL_BRIEF))
    done = Session(home)
    done.do("init", "init")
    (home / "sandbox" / "faults.json").write_text('[{"fault": "unsigned", "prompt_contains": "unsigned"}]')
    assert done.do("run", "run", "brief.json", PREFECT_API_URL=prefect_url).code == 0, done.steps["run"].err
    # From here on there is no server: a step that needed one would start its own and leave its data here.
    shutil.rmtree(home / "prefect", ignore_errors=True)
    done.do("rerun", "run", "brief.json", "--approve-as", "Ana")
    done.do("status", "status", "spring")
    done.do("show", "assets", "show", asset_of(done.steps["run"].json, "hero"))
    shutil.copytree(home, home.parent / "copy")
    shown = done.steps["show"].json["id"]
    done.do("comment", "review", "comment", shown, "--as", "Ben", "--text", "<b>the handle</b> is cut")
    done.do("publish", "publish", "spring")
    done.do("publish again", "publish", "spring")
    done.do("unpublish", "unpublish", "spring")
    return home, {name: (said.code, said.out, said.err) for name, said in done.steps.items()}, done.left


@pytest.fixture
def bought(session: Session, home: Path) -> Path:
    """A home with a campaign of two pictures: "hero" is approved by Ana, "plain" waits for a person."""
    shutil.copytree(session.home.parent / "copy", home)
    return home


@pytest.fixture(scope="session")
def made_home(made_once: Callable[..., Any]) -> Path:
    return Path(made_once("made", _made))


def _made(folder: Path) -> str:
    assert process(["init"], home=folder / "home").code == 0
    return str(folder / "home")


@pytest.fixture
def ready(made_home: Path, home: Path) -> Path:
    """A home as init leaves it."""
    shutil.copytree(made_home, home)
    return home


@pytest.fixture(name="process")
def installed() -> Callable[..., Answer]:
    return process
