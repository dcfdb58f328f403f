"""Every operation of the API has a method of the client, or is named here with the reason why not."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from colophon import Client
from colophon.web.api.document import written_document

NOT_FOR_TOKENS = "the keys of people are changed by a person who is signed in"
WITHOUT_A_METHOD = {
    "PUT /me/password": NOT_FOR_TOKENS,
    "PUT /accounts/{account}/password": NOT_FOR_TOKENS,
    "POST /accounts/{account}/links": NOT_FOR_TOKENS,
}
NOT_AN_OPERATION = {"close"}


class Empty(httpx.BaseTransport):
    """Answers whatever is asked with lists that have nothing in them, and notes what it was asked."""

    def __init__(self, lists: set[str]) -> None:
        self.asked: list[str] = []
        self._body: dict[str, Any] = {name: [] for name in lists} | {
            "next_cursor": None,
            "ended": 0,
            "reference": "asset:x",
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path.removeprefix('/api/v1')}")
        if request.headers["accept"] == "text/event-stream":
            return httpx.Response(200, content=b"event: done\ndata: \n\n")
        return httpx.Response(200, json=self._body)


@pytest.fixture(scope="module")
def operations() -> set[str]:
    paths: dict[str, dict[str, Any]] = json.loads(written_document())["paths"]
    return {f"{verb.upper()} {path.removeprefix('/api/v1')}" for path, verbs in paths.items() for verb in verbs}


def test_every_operation_has_a_method(operations: set[str], tmp_path: Path) -> None:
    reached: dict[str, str] = {}
    for name, request in _asked_by_methods(tmp_path):
        fitting = [each for each in operations if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), request)]
        assert fitting, f"Client.{name} asks {request}, which there is not"
        reached[min(fitting, key=lambda each: each.count("{"))] = name
    assert operations - reached.keys() - WITHOUT_A_METHOD.keys() == set(), "without a method"
    assert WITHOUT_A_METHOD.keys() & reached.keys() == set(), "an exception that is none"
    assert WITHOUT_A_METHOD.keys() <= operations, "an exception that is no operation"


def _asked_by_methods(folder: Path) -> Iterator[tuple[str, str]]:
    transport = Empty(_lists())
    client = Client("http://testserver", "clp_x", transport=transport)
    for name in sorted(each for each in dir(Client) if not each.startswith("_")):
        if name in NOT_AN_OPERATION:
            continue
        transport.asked.clear()
        method = getattr(client, name)
        answer = method(**_arguments(method, folder))
        if inspect.isgenerator(answer):
            list(answer)
        assert len(transport.asked) == 1, f"Client.{name} asks {transport.asked}"
        yield name, transport.asked[0]


def _arguments(method: Any, folder: Path) -> dict[str, Any]:
    """A value for each argument that needs one."""
    values: dict[object, Any] = {str: "x", bool: True, Path: folder / "out", bytes | Path: b"x"}
    needed = {
        name: parameter
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    return {name: values.get(parameter.annotation, ["x"]) for name, parameter in needed.items()}


def _lists() -> set[str]:
    """Every word that the client may look up in an answer, and more."""
    source = "".join(file.read_text() for file in Path(inspect.getfile(Client)).parent.glob("*.py"))
    return set(re.findall(r'"(\w+)"', source))
