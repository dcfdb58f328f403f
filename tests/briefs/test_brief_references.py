"""What a reference may name: files below the brief's folder, public https addresses, catalogued assets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from colophon.briefs import load_brief, load_brief_text
from colophon.briefs.references import MAX_REFERENCE_BYTES
from colophon.errors import InvalidInput, Problem

Problems = Callable[..., tuple[Problem, ...]]

INSIDE = [
    "http://example.com/a.png",
    "HTTPS://example.com/a.png",
    "https://127.0.0.1/a.png",
    "https://127.1/a.png",
    "https://2130706433/a.png",
    "https://0x7f000001/a.png",
    "https://0x7f.0.0.1/a.png",
    "https://0177.0.0.1/a.png",
    "https://127.0.0.1./a.png",
    "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/a.png",
    "https://127\u30020\u30020\u30021/a.png",
    "https://[::1]/a.png",
    "https://[::ffff:127.0.0.1]/a.png",
    "https://[fe80::1%25eth0]/a.png",
    "https://[::1/a.png",
    "https://10.0.0.1/a.png",
    "https://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://localhost/a.png",
    "https://LOCALHOST./a.png",
    "https://db.localhost/a.png",
    "https://printer.local/a.png",
    "https://router.home.arpa/a.png",
    "https://intranet/a.png",
    "https://user@example.com/a.png",
    "https://user:secret@example.com/a.png",
    "https://example.com@127.0.0.1/a.png",
    "https://example.com\\\\@127.0.0.1/a.png",
    "https://example.com:22/a.png",
    "https://example.com:8443/a.png",
    "https://example.com:99999/a.png",
    "https://%31%32%37.0.0.1/a.png",
    "https://exa mple.com/a.png",
    "https://-example.com/a.png",
    "https://example..com/a.png",
    "https:///a.png",
    "https://",
    "https:/example.com/a.png",
    "https:example.com/a.png",
    "file:///etc/passwd",
    "ftp://example.com/a.png",
    "gopher://example.com/1",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "asset:",
    "asset:../x",
    "asset:" + "a" * 65,
    "ASSET:1",
]
PATHS = [
    ("../mug.jpg", "outside_folder"),
    ("a/../../mug.jpg", "outside_folder"),
    ("/etc/passwd", "outside_folder"),
    ("//example.com/a.png", "outside_folder"),
    ("~/mug.jpg", "outside_folder"),
    ("..\\\\mug.jpg", "outside_folder"),
    ("out.jpg", "outside_folder"),
    ("linked/secret.jpg", "outside_folder"),
    ("loop.jpg", "missing_file"),
    ("none.jpg", "missing_file"),
    ("mug.jpg/x", "missing_file"),
    (".", "not_a_file"),
    ("empty.jpg", "empty"),
    ("huge.jpg", "too_large"),
    ("x" * 1500, "missing_file"),
]


@pytest.fixture
def traps(folder: Path) -> Path:
    """Links that lead out, an empty file and one that is too large."""
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"secret")
    (folder / "out.jpg").symlink_to(outside / "secret.jpg")
    (folder / "linked").symlink_to(outside)
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "empty.jpg").touch()
    with (folder / "huge.jpg").open("wb") as stream:
        stream.truncate(MAX_REFERENCE_BYTES + 1)
    return folder


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize("form", ['["{}"]', '[{{image: "{}", role: style}}]'])
def test_addresses_that_lead_inside_or_nowhere_are_refused(
    problems: Problems, small: str, address: str, form: str
) -> None:
    (problem,) = problems(small.replace("[mug.jpg]", form.format(address)))
    assert problem.code == "bad_reference"
    assert problem.line == 10
    assert problem.path.startswith("visuals[0].references[0]")
    assert "https" in problem.allowed


@pytest.mark.parametrize(("name", "code"), PATHS)
@pytest.mark.usefixtures("traps")
def test_files_outside_and_files_of_no_use_are_refused(problems: Problems, small: str, name: str, code: str) -> None:
    (problem,) = problems(small.replace("[mug.jpg]", f'["{name}"]'))
    assert (problem.code, problem.line, problem.path) == (code, 10, "visuals[0].references[0]")


@pytest.mark.parametrize("name", ["out.yaml", "linked/secret.yaml", "a/../../brand.yaml"])
def test_a_brand_file_does_not_lead_out_either(traps: Path, problems: Problems, small: str, name: str) -> None:
    (traps.parent / "outside" / "secret.yaml").write_text("name: secret\n")
    (traps / "out.yaml").symlink_to(traps.parent / "outside" / "secret.yaml")
    (problem,) = problems(small.replace("brand.yaml", name))
    assert problem.code == "outside_folder"
    assert "secret:" not in str(problem)


@pytest.mark.parametrize(
    "image",
    [
        "https://example.com/a.png",
        "https://cdn.example.co.uk:443/a%20b.png?x=1&y=[2]",
        "https://xn--bcher-kva.example/a.png",
        "https://127.example.com/a.png",
        "asset:ast_01hf3zm5q2x9k8",
        "mug.jpg",
        "./mug.jpg",
        "more/mug two.jpg",
        "inner.jpg",
    ],
)
def test_what_a_reference_may_be(folder: Path, small: str, image: str) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "mug two.jpg").write_bytes(b"two")
    (folder / "inner.jpg").symlink_to("more/mug two.jpg")
    loaded = load_brief_text(small.replace("[mug.jpg]", f'["{image}"]'), folder=folder)
    (reference,) = loaded.brief.visuals[0].references
    assert reference.image == image
    assert (reference.sha256 is None) == (image.startswith(("https:", "asset:")))


def test_a_folder_that_is_itself_a_link_is_fine(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert load_brief(tmp_path / "link" / "brief.yaml").revision == load_brief(folder / "brief.yaml").revision


def test_a_brief_without_a_folder_names_no_files(small: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_brief_text(small)
    assert [(p.code, p.path) for p in caught.value.problems] == [
        ("no_folder", "brand"),
        ("no_folder", "visuals[0].references[0]"),
    ]
    inline = small.replace("brand.yaml", "{name: N, palette: [{name: sage, hex: '#8A9E87'}]}")
    assert load_brief_text(inline.replace("mug.jpg", "asset:a1")).brief.brand.name == "N"


def test_a_stated_digest_must_be_that_of_the_file(problems: Problems, folder: Path, small: str) -> None:
    digest = load_brief(folder / "brief.yaml").brief.visuals[0].references[0].sha256
    pinned = small.replace("[mug.jpg]", f"[{{image: mug.jpg, sha256: {digest}}}]")
    assert problems(pinned) == ()
    (folder / "mug.jpg").write_bytes(b"other bytes")
    (problem,) = problems(pinned)
    assert (problem.code, problem.path) == ("reference_changed", "visuals[0].references[0].image")
