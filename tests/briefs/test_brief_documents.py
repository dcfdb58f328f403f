"""Files that are no brief at all: encodings, bombs, several documents, JSON that is not; and how plain text is read."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from colophon.briefs import load_brief, load_brief_text
from colophon.errors import InvalidInput, Problem

Problems = Callable[..., tuple[Problem, ...]]

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

FILES = [
    (b"", "empty", None),
    (b"\xef\xbb\xbf", "empty", None),
    (b" \n\n", "empty", None),
    (b"# only a comment\n", "empty", None),
    (b"---\n...\n", "empty", None),
    (b"null\n", "empty", None),
    (b"just text\n", "not_a_mapping", 1),
    (b"- a\n- b\n", "not_a_mapping", 1),
    (b"7\n", "not_a_mapping", 1),
    ("schema_version: 1\n".encode("utf-16"), "not_utf8", None),
    ("schema_version: 1\n".encode("utf-32"), "not_utf8", None),
    ("a: 1\nb: größer\n".encode("latin-1"), "not_utf8", 2),
    (b"a: 1\nb: \x00\n", "control_character", 2),
    (b"a: 1\nb: \x1b[31m\n", "control_character", 2),
    ("a: 1\nb: \x85\n".encode(), "control_character", 2),
    ("a: 1\nb: \ufffe\n".encode(), "not_yaml", None),
    (b"a: 1\n---\nb: 2\n", "second_document", 2),
    (b"a: 1\n...\n---\nb: 2\n", "second_document", 3),
    (b"a: [1\nb: 2\n", "not_yaml", 2),
    (b"a: b: c\n", "not_yaml", 1),
    (b"\ta: 1\n", "not_yaml", 1),
    (b"a: 1\na b\nc: 2\n", "not_yaml", None),
    (b"%TAG ! tag:example.com,2026:\n---\na: 1\n", "tag", 1),
    (LAUGHS.encode(), "anchor", 1),
    (b"a: &a {b: *a}\n", "anchor", 1),
    (b"[" * 100_000, "too_deep", 1),
    (b"{a: " * 100_000, "too_deep", 1),
    (b"- " * 100_000, "too_deep", 1),
    (b"a:\n" + b"".join(b" " * n + b"-\n" for n in range(1000)), "too_deep", 21),
    (b"a: [" + b"1," * 60_000 + b"1]\n", "too_many_nodes", 1),
    (b"".join(b"k%d: 1\n" % n for n in range(30_000)), "too_many_nodes", 25_000),
    (b"a: " + b"x" * 10_000_000, "too_large", None),
    (b"".join(b"%%TAG !a%d! x\n" % n for n in range(50_000)), "tag", 1),
]


@pytest.mark.parametrize(("content", "code", "line"), FILES)
def test_what_is_no_brief_is_refused_soon(tmp_path: Path, content: bytes, code: str, line: int | None) -> None:
    path = tmp_path / "brief.yaml"
    path.write_bytes(content)
    started = time.monotonic()
    with pytest.raises(InvalidInput) as caught:
        load_brief(path)
    assert time.monotonic() - started < 2
    problem = caught.value.problems[0]
    assert problem.code == code
    assert problem.file == str(path)
    if line is not None:
        assert problem.line == line


def test_a_python_object_is_never_made(problems: Problems, tmp_path: Path) -> None:
    witness = tmp_path / "made"
    found = problems(f"!!python/object/apply:pathlib.Path.touch\n- !!python/name:os.system\n- {witness}\n")
    assert found[0].code == "tag"
    assert not witness.exists()


JSON_FILES = [
    ("", "empty", None),
    ("[1]", "not_a_mapping", 1),
    ("{", "not_json", 1),
    ('{"a": 1,}', "not_json", 1),
    ('{"a": 1}\n{"b": 2}', "not_json", 2),
    ("{'a': 1}", "not_json", 1),
    ('{"a": NaN}', "not_json", 1),
    ('{"a":\n -Infinity}', "not_json", 2),
    ('{"a": 01}', "not_json", 1),
    ('{"a": +1}', "not_json", 1),
    ('{"a": 1 // two\n}', "not_json", 1),
    ('{"a": trues}', "not_json", 1),
    ('{"a" 1}', "not_json", 1),
    ("{1: 2}", "not_json", 1),
    ('{"a": "\\x41"}', "not_json", 1),
    ('{"a": "\\ud800"}', "not_json", 1),
    ('{"a": "two\nlines"}', "not_json", 1),
    ('{"a": ' + "9" * 5000 + "}", "number_too_long", 1),
    ('{"a": 1e999}', "number_too_long", 1),
    ('{"a": ' * 100_000, "too_deep", 1),
    ("[" * 100_000, "too_deep", 1),
    ('{"a": [' + "1," * 60_000 + "1]}", "too_many_nodes", 1),
    ('{"a": 1,\n "b": 2,\n "a": 3}', "duplicate_member", 3),
    ('{"a": "' + "x" * 10_000_000 + '"}', "too_large", None),
]


@pytest.mark.parametrize(("text", "code", "line"), JSON_FILES)
def test_what_is_no_json_is_refused_soon(problems: Problems, text: str, code: str, line: int | None) -> None:
    started = time.monotonic()
    found = problems(text, "brief.json")
    assert time.monotonic() - started < 2
    assert (code, line) in [(p.code, p.line) for p in found]


def test_json_faults_have_lines_too(problems: Problems) -> None:
    visual = '{"id": "a", "prompt": "\\ud83c\\udf75 tea", "variants": 0}'
    text = f'{{"schema_version": 1,\n "campaign": "A",\n "visuals": [\n  {visual}]}}'
    found = {p.path: p.line for p in problems(text, "brief.json")}
    assert (found["campaign"], found["visuals[0].variants"]) == (2, 4)
    assert "visuals[0].prompt" not in found


@pytest.mark.parametrize("name", ["none.yaml", ".", "x" * 300, "pipe", "loop"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InvalidInput) as caught:
        load_brief(tmp_path / name)
    assert caught.value.problems[0].code in ("missing_file", "not_a_file", "unreadable")


def test_a_name_with_nul_is_refused() -> None:
    with pytest.raises(InvalidInput):
        load_brief(Path("brief\x00.yaml"))


def test_text_with_half_a_surrogate_is_refused() -> None:
    with pytest.raises(InvalidInput, match="surrogate"):
        load_brief_text("title: \ud800")


def test_a_byte_order_mark_and_other_line_ends_are_read(folder: Path, small: str) -> None:
    plain = load_brief(folder / "brief.yaml")
    (folder / "brief.yaml").write_bytes(b"\xef\xbb\xbf" + small.replace("\n", "\r\n").encode())
    assert load_brief(folder / "brief.yaml").revision == plain.revision


@pytest.mark.parametrize(
    "text", ["no", "yes", "on", "off", "y", "010", "0o17", "0x1F", "1:30", "1_000", "12e", "2026-11-24"]
)
def test_what_only_older_yaml_reads_as_something_else_stays_text(folder: Path, small: str, text: str) -> None:
    (folder / "brief.yaml").write_text(small + f"owner: {text}\n")
    assert load_brief(folder / "brief.yaml").brief.owner == text


def test_times_may_be_written_bare_or_quoted(folder: Path, small: str) -> None:
    bare = load_brief_text(small + "deadline: 2026-11-24T09:00:00Z\n", folder=folder)
    quoted = load_brief_text(small + 'deadline: "2026-11-24T09:00:00Z"\n', folder=folder)
    assert bare.brief.deadline is not None
    assert bare.revision == quoted.revision


def test_numbers_lose_no_digits(folder: Path, small: str) -> None:
    loaded = load_brief_text(small.replace('"2.00"', "234567.123456"), folder=folder)
    assert loaded.brief.budget.money.micros == 234_567_123_456
