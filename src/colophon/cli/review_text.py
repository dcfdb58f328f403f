"""Findings, decisions and comments as lines for a terminal."""

from colophon.cli.output import View


def review_lines(view: View) -> list[str]:
    return [
        *(line for check in view["checks"] for line in _check(check)),
        *(f"  check       {name}: none on record, and the policy requires it" for name in view["absent"]),
        _rounds(view),
        *(_decision(decision) for decision in view["decisions"]),
        *(f"  comment     {c['by']} at {c['at']}: {c['text']}" for c in view["comments"]),
    ]


def _check(check: View) -> list[str]:
    noted = ", only noted" if check["outcome"] == "note" and check["verdict"] != "pass" else ""
    lines = [f"  check       {check['name']}: {check['verdict']}{noted} {'; '.join(check['reasons'])}".rstrip()]
    if check["evidence"]:
        lines.append(f"              to see: {check['evidence']['path_or_key']} ({check['evidence']['shows']})")
    return lines


def _rounds(view: View) -> str:
    last, policy = view["checks_history"][-1], view["policy"]
    return (
        f"  checked     round {last['round']} at {last['at']}: {last['outcome']}, policy {policy['name']} "
        f"{policy['version']} {policy['sha256'][:12]}".rstrip()
    )


def _decision(decision: View) -> str:
    doubts = ", ".join(f"{doubt['check']} {doubt['verdict']}" for doubt in decision["in_spite_of"])
    spite = f" (in spite of {doubts})" if doubts else ""
    until = f", until {decision['expires_at']}" if decision["expires_at"] else ""
    many = f", one of {decision['needed']}" if decision["action"] == "approve" and decision["needed"] > 1 else ""
    said = f": {decision['reason']}" if decision["reason"] else ""
    return f"  decision    {decision['action']} by {decision['by']} at {decision['at']}{until}{many}{said}{spite}"
