"""Faults in what is delivered and said about it: money, pictures, policy, identity."""

from decimal import Decimal

from tests.faults.cases import (
    ALL,
    ENDED,
    FREE,
    NO_POLL,
    NOT_TOLD,
    Case,
    Charge,
    Expect,
    delivered,
    failed,
    refused,
    silent,
    unknown,
    waits,
)
from tests.faults.dialects import AT_ONCE, INFINITY, MISSING, NAN, QUEUES, Goods

NO_COST = silent("cost")
NO_LAST_COST = silent("settled")


def priced(name: str, said: object, charge: Charge) -> Case:
    """The same number in every answer."""
    return Case("money", f"the cost is {name}", delivered(charge), goods=Goods(cost=said, settled=said), skip=NO_COST)


def at_once(expect: Expect) -> dict[str, Expect]:
    return dict.fromkeys(AT_ONCE, expect)


NO_PICTURE_YET = unknown("holds no picture")

MONEY = [
    priced("NaN", NAN, ALL),
    priced("Infinity", INFINITY, ALL),
    priced("negative", Decimal(-1), ALL),
    priced("a text", "a lot", ALL),
    priced("true", True, ALL),
    priced("a list", [3], ALL),
    priced("missing", MISSING, ALL),
    priced("huge", Decimal(10) ** 12, ALL),
    priced("below a cent", Decimal("0.004"), ("0.004", "settled")),
    priced("nothing", Decimal(0), ("0.00", "settled")),
    Case(
        "money",
        "the last price is another than the first",
        delivered(("0.02", "settled")),
        goods=Goods(settled=Decimal("0.02")),
        skip=NO_LAST_COST,
    ),
    Case(
        "money",
        "the last price is 0",
        delivered(("0.00", "settled")),
        goods=Goods(settled=Decimal(0)),
        skip=NO_LAST_COST,
    ),
    Case(
        "money",
        "the last price is not told",
        delivered(("0.03", "reported")),
        goods=Goods(settled=MISSING),
        skip=NO_LAST_COST,
    ),
    Case(
        "money", "the last price is NaN", delivered(("0.03", "reported")), goods=Goods(settled=NAN), skip=NO_LAST_COST
    ),
    Case(
        "money",
        "moderated and charged",
        refused("moderated_output", ("0.03", "settled")),
        goods=Goods(refused="moderated_output"),
        skip=NO_LAST_COST,
    ),
    Case(
        "money",
        "moderated and not charged",
        refused("moderated_output", ("0.00", "settled")),
        goods=Goods(refused="moderated_output", settled=Decimal(0)),
        skip=NO_LAST_COST,
    ),
    Case(
        "money",
        "moderated, and no word of money",
        refused("moderated_output", NOT_TOLD),
        skip=NO_POLL,
        goods=Goods(refused="moderated_output", cost=MISSING, settled=MISSING),
    ),
    Case(
        "money",
        "moderated at once, with a price",
        refused("moderated_output", ("0.012", "settled")),
        goods=Goods(refused="moderated_output", cost=Decimal("0.012")),
        skip=silent("cost") | dict.fromkeys(QUEUES, "told by the last answer, which has its own rows"),
    ),
    Case(
        "money",
        "the task failed",
        failed("upstream_permanent", "worker fell over", ENDED),
        skip=NO_POLL,
        goods=Goods(fails=True),
        but={"fal": failed("upstream_transient", "worker fell over", ENDED)},
    ),
]

PICTURE = [
    Case("picture", "two pictures for one order", delivered(), goods=Goods(count=2)),
    Case(
        "picture",
        "done, and no picture",
        failed("upstream_permanent", "has no picture", ENDED),
        goods=Goods(count=0),
        but=at_once(NO_PICTURE_YET),
    ),
    Case(
        "picture",
        "done, and a null result",
        failed("upstream_permanent", "has no picture", ENDED),
        goods=Goods(null=True),
        but=at_once(NO_PICTURE_YET) | {"fal": waits("upstream_transient", "cannot be read")},
        rounds=11,
    ),
    Case("picture", "a data URI", delivered(), goods=Goods(inline=True), most_fetches=0),
    Case(
        "picture",
        "a data URI that is none",
        failed("upstream_permanent", "has no picture", ENDED),
        goods=Goods(broken_text=True),
        but=at_once(NO_PICTURE_YET),
    ),
]


def _priced(code: str) -> dict[str, Expect]:
    """These two say in the refusal itself what it costs."""
    return {"lumenfall": refused(code, ("0.045", "settled")), "aimlapi": refused(code, ("0.0315", "settled"))}


POLICY = [
    Case(
        "policy",
        "the input is moderated",
        refused("moderated_input", ENDED),
        goods=Goods(refused="moderated_input"),
        but=at_once(refused("moderated_input", FREE)) | _priced("moderated_input"),
    ),
    Case(
        "policy",
        "the output is moderated, under 200",
        refused("moderated_output", ENDED),
        goods=Goods(refused="moderated_output"),
        but=at_once(refused("moderated_output", NOT_TOLD)) | _priced("moderated_output"),
    ),
]

IDENTITY = [
    Case("identity", "another seed than ordered", delivered(seed_reported=8), goods=Goods(seed=8), skip=silent("seed")),
    *[
        Case(
            "identity",
            f"a seed that is {name}",
            delivered(seed_reported=None),
            goods=Goods(seed=seed),
            skip=silent("seed"),
        )
        for name, seed in (("a text", "7"), ("negative", -7), ("of 80 bits", 2**80), ("true", True))
    ],
    Case(
        "identity",
        "another model than ordered",
        delivered(model_reported="flux-1-schnell"),
        goods=Goods(model="flux-1-schnell"),
        skip=silent("model"),
    ),
    Case(
        "identity",
        "another prompt than ordered",
        delivered(prompt_used="two mugs"),
        goods=Goods(prompt="two mugs"),
        skip=silent("prompt"),
    ),
    Case(
        "identity",
        "a time of the end that is an hour ahead",
        delivered(),
        skip=NO_POLL,
        goods=Goods(ended="2026-10-01T13:00:00+00:00"),
    ),
    Case("identity", "a time of the end that is none", delivered(), goods=Goods(ended="soon"), skip=NO_POLL),
]

CASES = MONEY + PICTURE + POLICY + IDENTITY
