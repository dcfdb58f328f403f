"""The Soft Binding Resolution API over a home with a published campaign and one that nobody outside knows of."""

import asyncio
import base64
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from PIL import Image

from colophon.bootstrap import Runtime, initialise
from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
from colophon.bootstrap.tokens import resolution_token
from colophon.domain.asset import Asset, Rendition
from colophon.domain.provenance import ProvenanceState
from colophon.domain.soft_binding import binding_value
from colophon.errors import InvalidInput, StoreUnavailable
from colophon.services import ingest, order, publish, render, review, wait, withdraw
from colophon.services.recover import RecoveryDesk
from colophon.settings import Settings
from colophon.web.app import create_web
from colophon.web.problems import add_problems
from colophon.web.resolution import PREFIX, resolution_router

API = json.loads((Path(__file__).parents[2] / "schemas" / "soft-binding-resolution.openapi.json").read_text())
TOKEN = "a token of this installation"
ALG = "io.iscc.v0"


@dataclass
class Shop:
    """What was made, and how it is asked about from outside: every answer is one that the description has."""

    rt: Runtime
    app: FastAPI
    public: Asset
    public_file: Rendition
    hidden: Asset
    hidden_file: Rendition

    def ask(self, method: str, path: str, *, app: FastAPI | None = None, **parts: Any) -> httpx.Response:
        answer = asyncio.run(_send(app or self.app, method, path, **parts))
        _described(answer, method, path)
        return answer

    def value(self, subject: str) -> str:
        code = self.rt.catalog.lookalikes.code(subject, "iscc")
        assert code is not None
        return binding_value(code)

    def label(self, subject: str) -> str:
        [kept] = self.rt.catalog.manifests.of([subject])
        return kept.label

    def found(self, answer: httpx.Response) -> list[str]:
        assert answer.status_code == 200, answer.text
        return [match["manifestId"] for match in answer.json()["matches"]]


async def _send(app: FastAPI, method: str, path: str, **parts: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://papers.example") as client:
        return await client.request(method, PREFIX + path, **parts)


def _described(answer: httpx.Response, method: str, path: str) -> None:
    template = re.sub(r"^/manifests/.*", "/manifests/{manifestId}", path.partition("?")[0])
    responses = API["paths"][template][method.lower()]["responses"]
    assert str(answer.status_code) in responses, (answer.status_code, answer.text)
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = responses[str(answer.status_code)]["content"][media_type]["schema"]
    if media_type.endswith("json"):
        Draft202012Validator({**schema, "components": API["components"]}).validate(answer.json())


def _made(rt: Runtime, folder: Path, campaign: str, prompt: str) -> tuple[Asset, Rendition]:
    brief = folder / f"{campaign}.json"
    content = {
        "schema_version": 1,
        "campaign": campaign,
        "title": campaign,
        "brand": {"name": "Northwind"},
        "visuals": [{"id": "hero", "prompt": prompt}],
        "placements": ["linkedin/single_image_square"],
        "budget": {"currency": "USD", "cap": "2.00"},
    }
    brief.write_text(json.dumps(content))
    planned = plan_brief(brief, None, rt)
    open_for_run(planned, rt)
    [progress] = rt.catalog.orders.wanted(register_plan(planned, rt))
    generation = progress.generation.id
    order.submit(generation, buyer=rt.buyer)
    wait.collect(generation, buyer=rt.buyer)
    ingest.ingest(generation, bench=rt.bench)
    [rendition] = render.render_generation(generation, workshop=rt.workshop)
    asset = review.decide_asset(rendition.asset, "approve", by="Ana", reason="good", desk=rt.desk)
    return asset, rendition


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    settings = Settings(home=folder / "home", imaging_workers=1)
    initialise(settings)
    rt = Runtime(settings)
    vars(rt)["safety_engine"] = None
    public, public_file = _made(rt, folder, "spring", "A ceramic mug on an oak table")
    hidden, hidden_file = _made(rt, folder, "winter", "A glass tower at night in the rain")
    publish.publish("spring", press=rt.press)
    yield Shop(rt, create_web(rt), public, public_file, hidden, hidden_file)
    rt.close()


def _stripped(content: bytes, form: str = "JPEG", **options: Any) -> bytes:
    """The same picture as a platform gives it back: encoded again, without any metadata."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.convert("RGB").save(out, form, **options)
    return out.getvalue()


def test_the_application_has_the_routes_of_the_description_and_no_others(shop: Shop) -> None:
    routes = {
        (str(getattr(route, "path", "")).removeprefix(PREFIX).replace(":path", ""), method.lower())
        for route in resolution_router(_desk(shop.rt), None).routes
        for method in getattr(route, "methods", None) or ()
        if method != "HEAD"
    }
    assert routes == {(path, method) for path, operations in API["paths"].items() for method in operations}


def _desk(rt: Runtime) -> RecoveryDesk:
    return RecoveryDesk(rt.catalog.manifests, rt.catalog.lookalikes, rt.store, rt.imaging)


def test_a_binding_finds_its_manifest_with_the_full_score(shop: Shop) -> None:
    value = shop.value(shop.public_file.id)
    asked = shop.ask("GET", "/matches/byBinding", params={"alg": ALG, "value": value})
    posted = shop.ask("POST", "/matches/byBinding", json={"alg": ALG, "value": value})
    assert asked.json() == posted.json()
    assert {"manifestId": shop.label(shop.public_file.id), "similarityScore": 100} in asked.json()["matches"]


def test_the_original_of_a_published_file_is_found_too(shop: Shop) -> None:
    asked = shop.ask("GET", "/matches/byBinding", params={"alg": ALG, "value": shop.value(shop.public.id)})
    assert shop.label(shop.public.id) in shop.found(asked)


def test_the_value_of_the_manifests_own_soft_binding_finds_it(shop: Shop) -> None:
    """What a client does that still has the manifest's assertion."""
    store = shop.rt.store.get(shop.rt.catalog.manifests.of([shop.public_file.id])[0].sha256)
    [value] = set(re.findall(rb"[A-Za-z0-9+/]{46}==", store))
    asked = shop.ask("GET", "/matches/byBinding", params={"alg": ALG, "value": value.decode()})
    assert shop.label(shop.public_file.id) in shop.found(asked)


def test_a_stripped_copy_finds_the_manifest_and_the_manifest_is_not_trusted_for_it(shop: Shop) -> None:
    copy = _stripped(shop.rt.store.get(shop.public_file.sha256), quality=50)
    label = shop.label(shop.public_file.id)
    asked = shop.ask("POST", "/matches/byContent", content=copy, headers={"Content-Type": "image/jpeg"})
    assert label in shop.found(asked)
    fetched = shop.ask("GET", f"/manifests/{label}")
    assert fetched.headers["content-type"] == "application/c2pa"
    verdict = shop.rt.reader.read(copy, fetched.content)
    assert verdict.state is ProvenanceState.INVALID
    assert verdict.chain[0].label == label


def test_a_hint_adds_what_the_picture_does_not_find(shop: Shop) -> None:
    blank = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(blank, "PNG")
    hint = {"hintAlg": ALG, "hintValue": shop.value(shop.public_file.id)}
    png = {"Content-Type": "image/png"}
    assert shop.found(shop.ask("POST", "/matches/byContent", content=blank.getvalue(), headers=png)) == []
    hinted = shop.ask("POST", "/matches/byContent", content=blank.getvalue(), headers=png, params=hint)
    assert shop.label(shop.public_file.id) in shop.found(hinted)
    hint["hintAlg"] = "com.example.other"
    other = shop.ask("POST", "/matches/byContent", content=blank.getvalue(), headers=png, params=hint)
    assert shop.found(other) == []


def test_nothing_unpublished_is_answered_in_any_way(shop: Shop) -> None:
    for subject in (shop.hidden.id, shop.hidden_file.id):
        query = {"alg": ALG, "value": shop.value(subject)}
        assert shop.found(shop.ask("GET", "/matches/byBinding", params=query)) == []
        assert shop.found(shop.ask("POST", "/matches/byBinding", json=query)) == []
        assert shop.ask("GET", f"/manifests/{shop.label(subject)}").status_code == 404
    for digest in (shop.hidden.sha256, shop.hidden_file.sha256):
        copy = _stripped(shop.rt.store.get(digest), "PNG")
        asked = shop.ask("POST", "/matches/byContent", content=copy, headers={"Content-Type": "image/png"})
        assert shop.found(asked) == []


def test_what_was_published_once_is_still_answered(shop: Shop) -> None:
    withdraw.unpublish("spring", press=shop.rt.press)
    try:
        assert shop.ask("GET", f"/manifests/{shop.label(shop.public_file.id)}").status_code == 200
    finally:
        publish.publish("spring", press=shop.rt.press)


def test_the_active_manifest_alone_is_a_store_of_one(shop: Shop) -> None:
    label = shop.label(shop.public_file.id)
    whole = shop.ask("GET", f"/manifests/{label}?returnActiveManifest=false").content
    lone = shop.ask("GET", f"/manifests/{label}?returnActiveManifest=true").content
    assert len(lone) < len(whole)
    assert shop.label(shop.public.id).encode() + b"\0" in whole
    verdict = shop.rt.reader.read(shop.rt.store.get(shop.public_file.sha256), lone)
    assert verdict.chain[0].label == label
    assert all(link.label == label for link in verdict.chain)


def test_the_most_results_are_as_asked(shop: Shop) -> None:
    query = {"alg": ALG, "value": shop.value(shop.public_file.id)}
    everything = shop.found(shop.ask("GET", "/matches/byBinding", params=query))
    assert len(everything) > 1
    assert shop.found(shop.ask("GET", "/matches/byBinding", params={**query, "maxResults": "1"})) == everything[:1]


def test_the_algorithms_are_those_that_can_be_asked_for(shop: Shop) -> None:
    listed = shop.ask("GET", "/services/supportedAlgorithms").json()
    assert listed == {"watermarks": [], "fingerprints": [{"alg": ALG}]}


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 400),
        ({"alg": ALG}, 400),
        ({"value": "IQc="}, 400),
        ({"alg": "com.example.other", "value": "IQc="}, 400),
        ({"alg": ALG, "value": "not base64!"}, 400),
        ({"alg": ALG, "value": base64.b64encode(b"\x21\x07" + b"x" * 31).decode()}, 400),
        ({"alg": ALG, "value": base64.b64encode(b"\x91\x07" + b"x" * 32).decode()}, 400),
        ({"alg": ALG, "value": base64.b64encode(b"\x21\x01" + b"x" * 8).decode()}, 400),
        ({"alg": ALG, "value": "A" * 4097}, 414),
        ({"alg": ALG, "value": "IQc=", "maxResults": "0"}, 400),
        ({"alg": ALG, "value": "IQc=", "maxResults": "many"}, 400),
    ],
)
def test_a_bad_query_is_told_what_is_wrong(shop: Shop, params: dict[str, str], status: int) -> None:
    assert shop.ask("GET", "/matches/byBinding", params=params).status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{" * 20_000, 400),
        (b'{"alg": "io.iscc.v0"}', 400),
        (b'{"alg": "io.iscc.v0", "value": 7}', 400),
        (b'{"alg": "io.iscc.v0", "value": "' + b"A" * 5000 + b'"}', 400),
        (b" " * 70_000, 413),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(shop: Shop, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    assert shop.ask("POST", "/matches/byBinding", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"\x89PNG\r\n\x1a\n broken", {"Content-Type": "image/png"}, 400),
        (b"", {"Content-Type": "image/png"}, 400),
        (b"GIF89a" + b"\0" * 40, {"Content-Type": "image/png"}, 415),
        (b"%PDF-1.7", {"Content-Type": "application/pdf"}, 415),
        (b"<svg/>", {"Content-Type": "image/svg+xml"}, 415),
        (b"no type", {}, 415),
        (b"", {"Content-Type": "image/png", "Content-Length": str(64 * 2**20 + 1)}, 413),
    ],
)
def test_what_is_no_picture_is_told_so(shop: Shop, content: bytes, headers: dict[str, str], status: int) -> None:
    assert shop.ask("POST", "/matches/byContent", content=content, headers=headers).status_code == status


@pytest.mark.parametrize("name", ["urn:c2pa:nobody", "..%2F..%2Fpki%2Fkey.pem", "%00", "a" * 5000, "a/b"])
def test_an_unknown_manifest_is_not_found(shop: Shop, name: str) -> None:
    assert shop.ask("GET", f"/manifests/{name}").status_code == 404


def test_a_flag_that_is_none_is_refused(shop: Shop) -> None:
    assert shop.ask("GET", "/manifests/urn:c2pa:x?returnActiveManifest=1").status_code == 400


def test_a_token_shuts_everything_but_the_list_of_algorithms(shop: Shop) -> None:
    app = _app(_desk(shop.rt), TOKEN.encode())
    path = f"/manifests/{shop.label(shop.public_file.id)}"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"X-Token": TOKEN}):
        refused = shop.ask("GET", path, app=app, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
    for method, other in (
        ("GET", "/matches/byBinding"),
        ("POST", "/matches/byBinding"),
        ("POST", "/matches/byContent"),
    ):
        assert shop.ask(method, other, app=app).status_code == 401
    assert shop.ask("GET", path, app=app, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert shop.ask("GET", "/services/supportedAlgorithms", app=app).status_code == 200


def _app(desk: RecoveryDesk, token: bytes | None = None) -> FastAPI:
    app = FastAPI(openapi_url=None)
    add_problems(app)
    app.include_router(resolution_router(desk, token))
    return app


def test_a_token_too_short_to_keep_anybody_out_is_refused(tmp_path: Path) -> None:
    assert resolution_token(Settings(home=tmp_path)) is None
    with pytest.raises(InvalidInput):
        resolution_token(Settings(home=tmp_path, resolution_token="short"))


def test_more_pictures_than_can_be_held_are_told_to_come_again(shop: Shop) -> None:
    app = _app(_desk(shop.rt))
    picture = _stripped(shop.rt.store.get(shop.public_file.sha256))

    async def slowly(finish: asyncio.Event) -> AsyncIterator[bytes]:
        yield picture[:100]
        await finish.wait()
        yield picture[100:]

    async def crowd() -> list[httpx.Response]:
        finish, headers = asyncio.Event(), {"Content-Type": "image/jpeg"}
        slow = [
            asyncio.create_task(_send(app, "POST", "/matches/byContent", content=slowly(finish), headers=headers))
            for _ in range(4)
        ]
        await asyncio.sleep(0.1)
        late = await _send(app, "POST", "/matches/byContent", content=picture, headers=headers)
        finish.set()
        return [late, *await asyncio.gather(*slow)]

    late, *slow = asyncio.run(crowd())
    _described(late, "POST", "/matches/byContent")
    assert (late.status_code, late.headers["retry-after"]) == (503, "2")
    assert [answer.status_code for answer in slow] == [200] * 4


def test_a_store_out_of_reach_is_a_matter_of_time(shop: Shop) -> None:
    class Away:
        def get(self, sha256: str) -> bytes:
            raise StoreUnavailable("the store does not answer")

    desk = RecoveryDesk(shop.rt.catalog.manifests, shop.rt.catalog.lookalikes, Away(), shop.rt.imaging)  # type: ignore[arg-type]
    assert shop.ask("GET", f"/manifests/{shop.label(shop.public_file.id)}", app=_app(desk)).status_code == 503
