"""Money and routes as people read them: tables of what the services show."""

from colophon.cli.output import View, table

_MONEY = ("spent", "reserved", "estimated", "reported", "settled", "unknown", "charges", "currency")


def ledger_text(view: View) -> str:
    if not view["lines"]:
        return "no money on record"
    parts = [table(view["lines"], (*view["by"], *_MONEY)), ""]
    parts.append(
        table([{"total": "all", "currency": c, **sums} for c, sums in view["totals"].items()], ("total", *_MONEY))
    )
    if view["caps"]:
        parts += ["", table(view["caps"], ("purse", "spent", "reserved", "cap", "left", "currency", "where"))]
    return "\n".join(parts)


def entries_text(rows: list[View]) -> str:
    columns = ("at", "campaign", "kind", "amount", "currency", "basis", "route", "generation", "attempt", "request_id")
    return table(rows, columns) if rows else "no money on record"


def reconciliation_text(view: View) -> str:
    invoice, books = view["invoice"], view["ledger"]
    days = f"{books['since'] or 'the first day'} to {books['until'] or 'today'}"
    left_out = f" ({invoice['left_out']} of other routes or days left out)" if invoice["left_out"] else ""
    parts = [
        f"routes: {', '.join(books['routes']) or 'none'}; days: {days}",
        f"invoice: {invoice['lines']} lines{left_out}, {_sums(invoice)}",
        f"ledger:  {books['orders']} orders, {_sums(books)}",
    ]
    columns = ("kind", "request_id", "route", "generation", "invoice", "ledger", "currency", "message")
    if view["differences"]:
        parts += ["", table(view["differences"], columns)]
    if view["settled"]:
        parts += ["", "settled as the invoice says:"]
        parts.append(table(view["settled"], ("request_id", "route", "generation", "before", "after", "currency")))
    if view["unknown_outcomes"]:
        parts += ["", f"orders with an unknown outcome: {view['unknown_outcomes']} (`colophon ledger unknown`)"]
    remaining = sum(not row["settled"] for row in view["differences"])
    return "\n".join(
        [*parts, "", f"differences that remain: {remaining}" if remaining else "invoice and ledger are equal"]
    )


def _sums(side: View) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in side["totals"].items()) or "nothing"


def unknown_text(rows: list[View]) -> str:
    if not rows:
        return "no order's outcome is unknown, and none is overdue"
    parts = []
    for row in rows:
        parts += [
            f"{row['generation']} ({row['campaign']}, {row['visual']} {row['variant']}, attempt {row['attempt']})",
            f"  sent      {row['submitted_at']} on route {row['route']}, {row['model']}, seed {row['seed']}",
            f"  known     {row['known']}",
            f"  reserved  {row['reserved']} {row['currency']}",
            f"  to do     {row['do']}",
        ]
    return "\n".join([*parts, "", "colophon ledger resolve GENERATION --as NAME --reason TEXT (see --help)"])


def next_step(view: View) -> str:
    if view["state"] == "planned":
        return ": its money is released, and the next run buys it"
    if view["state"] == "submitted":
        return f": the next run collects task {view['provider_request_id']}"
    return f": {view['cost']} booked ({view['cost_basis']})"


def routes_text(rows: list[View]) -> str:
    lines = [_route_line(route, model) for route in rows for model in route["models"]]
    parts = [table(lines, ("route", "state", "region", "model", "price", "measured", "p50", "p95", "first", "success"))]
    reasons = [f"{r['name']} ({r['state']}): {r['why']}" for r in rows if r["why"]]
    limits = [_limits_line(route) for route in rows]
    notes = ["prices are of one 1024x1024 picture without references; ? marks one that the vendor does not publish"]
    return "\n".join([*parts, "", *notes, "", *reasons, "", *limits])


def _route_line(route: View, model: View) -> View:
    price, did = model["price"], model["measured"]
    text = "not known"
    if price is not None:
        amount = price["low"] if price["low"] == price["high"] else f"{price['low']}-{price['high']}"
        text = f"{amount} {price['currency']}" + ("" if price["confirmed"] else " ?")
    line = {"route": route["name"], "state": route["state"], "region": route["region"], "model": model["model"]}
    if did is None:
        return {**line, "price": text, "measured": "no samples"}
    seconds = {"p50": did["p50"], "p95": did["p95"], "first": did["first_byte"]}
    return {
        **line,
        "price": text,
        "measured": f"{did['samples']} sample{'s' if did['samples'] != 1 else ''}",
        **{name: None if value is None else f"{value:.1f} s" for name, value in seconds.items()},
        "success": None if did["success"] is None else f"{did['success']:.0%}",
    }


def _limits_line(route: View) -> str:
    limits, active = route["limits"], route["active_limit"]
    return (
        f"{route['name']}: sides {limits['min_side']} to {limits['max_side']} in steps of {limits['side_multiple']}, "
        f"{limits['max_pixels']} pixels, {limits['max_prompt']} characters, {limits['max_references']} references, "
        + (f"{active} active tasks" if active else "no limit of active tasks stated")
    )
