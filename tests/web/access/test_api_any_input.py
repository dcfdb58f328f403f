"""Whatever is sent to the API, made from its own description: an answer, never an error of the server's."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from colophon.domain.account import Grant, Role
from tests.web.access.conftest import Ground

EXAMPLES = 4  # of each operation in every run; more were tried by hand
ANSWERED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def headers(shared_ground: Ground) -> dict[str, str]:
    """Of somebody who may do everything, so that nothing is stopped at the gate."""
    return shared_ground.token(shared_ground.account("may do all", *(Grant(role) for role in Role)))


def test_every_request_has_an_answer(shared_ground: Ground, headers: dict[str, str]) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", shared_ground.app)
    seen = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        seen += 1

        @ANSWERED
        @given(case=operation.as_strategy())
        def answered(case: schemathesis.Case[Any]) -> None:
            answer = case.call(headers=headers)
            assert answer.status_code < 500 or answer.json()["code"] == "provider_unavailable", answer.text
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"], answer.text
                assert {"status", "title", "detail", "code"} <= answer.json().keys()

        answered()
    assert seen > 40
