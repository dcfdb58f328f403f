"""How each wire contract says the same things: accepted, not yet, done, refused, failed, and an error.

A case of the fault table speaks of `Goods`; a dialect puts them into the words of its vendor.
"""

import base64
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx

from colophon import data
from colophon.domain.route import Adapter, Route, parse_routes

ROUTES = parse_routes(data.text("routes.toml"))
PICTURE = b"\x89PNG\r\n\x1a\nthe vendor's own bytes, papers included \x00\xff"
FILTER = "nsfw_score=0.93 classifier=S4"  # what a filter says of itself, which reaches nobody
MISSING = object()
USUAL = object()
NAN, INFINITY = float("nan"), float("inf")


@dataclass(frozen=True)
class Goods:
    """What a vendor makes of an order and says about it. ``cost`` and ``settled`` are dollars as ``Decimal``, or any
    other value as it is; ``settled`` is what the last answer says, where a contract has a first and a last one.
    ``refused`` is moderated_input or moderated_output."""

    count: int = 1
    null: bool = False
    inline: bool = False
    broken_text: bool = False
    address: str | None = None
    by_address: bool = False
    cost: object = USUAL
    settled: object = USUAL
    seed: object = 7
    model: object = None
    prompt: str | None = None
    refused: str = ""
    fails: bool = False
    ended: str = "2026-10-01T12:00:00Z"


class Dialect:
    """One contract. ``tells`` are the things its answers can say: seed, model, prompt, cost, settled. ``charge`` is
    what a good purchase is booked as, ``reported`` what is known of the price before the task has ended."""

    adapter: Adapter
    queue = True
    tells: frozenset[str] = frozenset()
    charge = ("0.05", "estimated")
    reported = ("0.05", "estimated")
    unit = Decimal(1)
    usual_cost: Decimal | None = None
    delivery_host = ""
    bad_key = 401
    no_funds = 402
    forbidden = "forbidden"

    @property
    def route(self) -> Route:
        return ROUTES[self.adapter]

    @property
    def host(self) -> str:
        return urlsplit(self.route.base_url).hostname or ""

    @property
    def ended_without_picture(self) -> tuple[str, str]:
        """Only a settled price is believed of a task that ended without a picture."""
        return self.charge if "settled" in self.tells else ("0.00", "unknown")

    def place(self, request: httpx.Request) -> str:
        """submit, poll, result, fetch, or stray: a request that no good client sends."""
        if request.url.scheme == "https" and request.url.port is None:
            if request.method == "GET" and request.url.path.startswith("/delivery/"):
                return "fetch" if request.url.host == (self.delivery_host or self.host) else "stray"
            if request.url.host in self.hosts():
                return self.own_place(request)
        return "stray"

    def hosts(self) -> tuple[str, ...]:
        return (self.host,)

    def own_place(self, request: httpx.Request) -> str:
        return "submit" if request.method == "POST" else "stray"

    def asked_for(self, request: httpx.Request) -> str:
        """The task a question is about."""
        return request.url.path.rpartition("/")[2]

    def address_of(self, task: str, goods: Goods) -> str:
        return goods.address or f"https://{self.delivery_host or self.host}/delivery/{task}.png"

    def said_cost(self, stated: object) -> dict[str, object]:
        """``cost`` as a member in the vendor's unit, or nothing."""
        stated = self.usual_cost if stated is USUAL else stated
        if stated is MISSING or stated is None:
            return {}
        return {"cost": number(stated / self.unit) if isinstance(stated, Decimal) else stated}

    # What a kind of vendor has, its class defines: one that answers at once is never asked, and a table that did so
    # must fail here.
    def submitted(self, task: str, goods: Goods) -> httpx.Response:
        raise NotImplementedError

    def pending(self, task: str, word: str | None = None) -> httpx.Response:
        raise NotImplementedError

    def done(self, task: str, goods: Goods) -> httpx.Response:
        raise NotImplementedError

    def result(self, task: str, goods: Goods) -> httpx.Response:
        raise NotImplementedError

    def error(self, text: str, code: str = "") -> dict[str, object]:
        return {"detail": text}

    def refused_order(self) -> tuple[int, dict[str, object]]:
        """A refusal by policy in the answer to the order."""
        return 422, self.error(f"The prompt was flagged as sensitive (E005) {FILTER}")

    def out_of_funds(self) -> tuple[int, dict[str, object]]:
        return self.no_funds, self.error("Insufficient credits, top up your account")

    def outputs(self, task: str, goods: Goods) -> list[str]:
        one = data_uri(goods) if goods.inline or goods.broken_text else self.address_of(task, goods)
        return [one, *(f"{one}?{place}" for place in range(2, goods.count + 1))][: goods.count]


def number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)


def data_uri(goods: Goods) -> str:
    return "data:image/png;base64," + ("!!not base64!!" if goods.broken_text else base64.b64encode(PICTURE).decode())


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    """JSON as vendors write it: NaN and Infinity too, which ``json=`` would refuse."""
    content = json.dumps(body).encode()
    return httpx.Response(status, content=content, headers={"Content-Type": "application/json", **(headers or {})})


class Bfl(Dialect):
    adapter: Adapter = "bfl"
    tells = frozenset({"seed", "prompt", "cost", "settled"})
    charge = ("0.03", "settled")
    reported = ("0.03", "reported")
    unit = Decimal("0.01")
    usual_cost = Decimal("0.03")
    bad_key = 403
    forbidden = "auth"
    poll_host = "api.eu4.bfl.ai"  # a task is polled where the vendor says, which is another host than the order's
    delivery_host = "delivery-eu4.bfl.ai"

    def hosts(self) -> tuple[str, ...]:
        return (self.host, self.poll_host)

    def own_place(self, request: httpx.Request) -> str:
        if request.method == "POST":
            return "submit"
        return "poll" if request.url.path == "/v1/get_result" else "stray"

    def asked_for(self, request: httpx.Request) -> str:
        return request.url.params["id"]

    def submitted(self, task: str, goods: Goods) -> httpx.Response:
        polling = f"https://{self.poll_host}/v1/get_result?id={task}"
        return answer({"id": task, "polling_url": polling, **self.said_cost(goods.cost)})

    def pending(self, task: str, word: str | None = None) -> httpx.Response:
        return answer({"id": task, "status": word or "Pending"})

    def done(self, task: str, goods: Goods) -> httpx.Response:
        cost = self.said_cost(goods.cost if goods.settled is USUAL else goods.settled)
        if goods.refused or goods.fails:
            words = {"moderated_input": "Request Moderated", "moderated_output": "Content Moderated", "": "Error"}
            details = {"Moderation Reasons": [FILTER]} if goods.refused else {"error": "worker fell over"}
            return answer({"id": task, "status": words[goods.refused], "details": details, "result": None, **cost})
        said: dict[str, object] = {"seed": goods.seed, "prompt": goods.prompt or "a mug", "end_time": goods.ended}
        outputs: list[str] = self.outputs(task, goods)
        sample = {"sample": outputs if goods.count > 1 else outputs[0]} if outputs else {}
        return answer({"id": task, "status": "Ready", "result": None if goods.null else {**said, **sample}, **cost})


class Fireworks(Bfl):
    adapter: Adapter = "fireworks"
    bad_key = 401
    no_funds = 412
    forbidden = "forbidden"
    delivery_host = ""

    def hosts(self) -> tuple[str, ...]:
        return (self.host,)

    def own_place(self, request: httpx.Request) -> str:
        if request.method != "POST":
            return "stray"
        return "poll" if request.url.path.endswith("/get_result") else "submit"

    def asked_for(self, request: httpx.Request) -> str:
        return str(json.loads(request.content)["id"])

    def submitted(self, task: str, goods: Goods) -> httpx.Response:
        return answer({"request_id": task, **self.said_cost(goods.cost)})

    def error(self, text: str, code: str = "") -> dict[str, object]:
        return {"error": {"message": text, "code": code or "FAILED"}}


class Replicate(Dialect):
    adapter: Adapter = "replicate"
    tells = frozenset({"seed", "model"})
    delivery_host = "eu1.replicate.delivery"

    def own_place(self, request: httpx.Request) -> str:
        if request.url.path.endswith("/predictions") and request.method == "POST":
            return "submit"
        return "poll" if request.method == "GET" and "/predictions/" in request.url.path else "stray"

    def submitted(self, task: str, goods: Goods) -> httpx.Response:
        # The address belongs to another account's vendor: the task is asked for at the base URL.
        urls = {"get": f"https://api.replicate.com/v1/predictions/{task}"}
        return answer({"id": task, "status": "starting", "output": None, "error": None, "urls": urls}, 201)

    def pending(self, task: str, word: str | None = None) -> httpx.Response:
        return answer({"id": task, "status": word or "processing", "output": None, "error": None})

    def done(self, task: str, goods: Goods) -> httpx.Response:
        if goods.refused or goods.fails:
            words = {
                "moderated_input": f"The input or prompt was flagged as sensitive. (E005) {FILTER}",
                "moderated_output": f"The output image was flagged as sensitive. (E005) {FILTER}",
                "": "worker fell over",
            }
            return answer({"id": task, "status": "failed", "output": None, "error": words[goods.refused]})
        outputs = self.outputs(task, goods)
        return answer(
            {
                "id": task,
                "status": "succeeded",
                "model": goods.model or "black-forest-labs/flux-2-pro",
                "input": {"seed": goods.seed, "prompt": "a mug"},
                "output": None if goods.null else (outputs if goods.count != 1 else outputs[0]),
                "error": None,
                "completed_at": goods.ended,
            }
        )

    def error(self, text: str, code: str = "") -> dict[str, object]:
        return {"title": "Something is wrong", "detail": text}


class CometApi(Replicate):
    adapter: Adapter = "cometapi"


class Fal(Dialect):
    adapter: Adapter = "fal"
    tells = frozenset({"seed", "prompt"})
    delivery_host = "v3.fal.media"
    no_funds = 403

    def own_place(self, request: httpx.Request) -> str:
        if request.method == "POST":
            return "submit"
        return "poll" if request.url.path.endswith("/status") else "result"

    def asked_for(self, request: httpx.Request) -> str:
        return super().asked_for(request) if self.own_place(request) == "result" else request.url.path.split("/")[-2]

    def submitted(self, task: str, goods: Goods) -> httpx.Response:
        here = f"https://{self.host}/fal-ai/flux-2-pro/requests/{task}"
        return answer({"request_id": task, "status_url": f"{here}/status", "response_url": here})

    def pending(self, task: str, word: str | None = None) -> httpx.Response:
        return answer({"request_id": task, "status": word or "IN_QUEUE"}, 202)

    def done(self, task: str, goods: Goods) -> httpx.Response:
        return answer({"request_id": task, "status": "COMPLETED"})

    def result(self, task: str, goods: Goods) -> httpx.Response:
        if goods.refused == "moderated_input":
            text = f"Flagged by a content checker: {FILTER}"
            problem = {"loc": ["body", "prompt"], "msg": text, "type": "content_policy_violation"}
            return answer({"detail": [problem]}, 422)
        if goods.fails:
            return answer({"detail": "worker fell over", "error_type": "runner_server_error"}, 500)
        images = [{"url": url, "content_type": "image/png"} for url in self.outputs(task, goods)]
        flagged = {"has_nsfw_concepts": [bool(goods.refused)], "filter": FILTER}
        return answer(
            {"images": None if goods.null else images, "seed": goods.seed, "prompt": goods.prompt or "a mug", **flagged}
        )

    def out_of_funds(self) -> tuple[int, dict[str, object]]:
        return 403, self.error("User is locked. Reason: Exhausted balance.")


class AtOnce(Dialect):
    """Vendors that answer an order with the picture."""

    adapter: Adapter = "openai-images"
    queue = False
    tells = frozenset({"seed", "model", "prompt"})
    prefers_address = False
    id_header = "x-request-id"

    @property
    def ended_without_picture(self) -> tuple[str, str]:
        return self.charge

    def submitted(self, task: str, goods: Goods) -> httpx.Response:
        headers = {self.id_header: task, **self.cost_headers(goods)}
        if goods.refused == "moderated_input":
            status, body = self.refused_order()
            return answer({**body, **self.cost_members(goods)}, status, headers)
        if goods.refused:
            message = f"The generated image was blocked by the content filter. {FILTER}"
            return answer({"data": [], "message": message, **self.cost_members(goods)}, 200, headers)
        said: dict[str, object] = {"seed": goods.seed}
        if goods.prompt:
            said["revised_prompt"] = goods.prompt
        entries = [self.entry(url, goods) | said for url in self.outputs(task, goods)]
        body = {"id": task, "created": 1, "model": goods.model or "flux-2-pro", "data": None if goods.null else entries}
        return answer({**body, **self.cost_members(goods)}, 200, headers)

    def entry(self, url: str, goods: Goods) -> dict[str, Any]:
        if url.startswith("data:") or goods.address or goods.by_address or self.prefers_address:
            return {"url": url}
        return {"b64_json": base64.b64encode(PICTURE).decode()}

    def cost_members(self, goods: Goods) -> dict[str, object]:
        return {}

    def cost_headers(self, goods: Goods) -> dict[str, str]:
        return {}

    def error(self, text: str, code: str = "") -> dict[str, object]:
        return {"error": {"message": text, "type": "invalid_request_error", "code": code or None}}

    def refused_order(self) -> tuple[int, dict[str, object]]:
        return 400, self.error(f"Your request was rejected: prompt. {FILTER}", "content_policy_violation")


class OpenAIImages(AtOnce):
    """The shape tells an empty account by a code under 429."""

    def out_of_funds(self) -> tuple[int, dict[str, object]]:
        return 429, self.error("You exceeded your current quota", "insufficient_quota")


class Lumenfall(AtOnce):
    adapter: Adapter = "lumenfall"
    tells = AtOnce.tells | {"cost"}
    charge = reported = ("0.045", "settled")
    usual_cost = Decimal("0.045")
    prefers_address = True
    delivery_host = "media.lumenfall.ai"
    id_header = "X-Lumenfall-Request-Id"

    def cost_members(self, goods: Goods) -> dict[str, object]:
        return {"metadata": {**self.said_cost(goods.cost), "cost_currency": "USD"}}


class Azure(AtOnce):
    adapter: Adapter = "azure"
    id_header = "apim-request-id"


class Together(AtOnce):
    adapter: Adapter = "together"
    delivery_host = "api.together.ai"
    forbidden = "validation"


class Aimlapi(AtOnce):
    adapter: Adapter = "aimlapi"
    tells = AtOnce.tells | {"cost"}
    charge = reported = ("0.0315", "settled")
    unit = Decimal(1) / 2_000_000
    usual_cost = Decimal("0.0315")
    prefers_address = True
    delivery_host = "cdn.aimlapi.com"
    id_header = "x-inference-id"
    no_funds = 403
    forbidden = "payment"

    def cost_members(self, goods: Goods) -> dict[str, object]:
        said = self.said_cost(goods.cost)
        return {"meta": {"usage": {"credits_used": said["cost"]} if said else {}}}


class CallMissed(AtOnce):
    adapter: Adapter = "callmissed"


DIALECTS: dict[str, Dialect] = {
    dialect.adapter: dialect
    for dialect in (
        Bfl(),
        Replicate(),
        CometApi(),
        Fal(),
        Fireworks(),
        OpenAIImages(),
        Lumenfall(),
        Azure(),
        Together(),
        Aimlapi(),
        CallMissed(),
    )
}
QUEUES = frozenset(name for name, dialect in DIALECTS.items() if dialect.queue)
AT_ONCE = frozenset(DIALECTS) - QUEUES
