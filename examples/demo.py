"""The demonstration: both example campaigns, from brief to published files, on this machine alone.

It calls the command line as a person would, in the repository's folder, so that afterwards `colophon` in the same
folder shows what was made. Running it again buys nothing and changes nothing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parent
CAMPAIGNS = ("northwind-mugs", "harbour-house")


def colophon(*arguments: str) -> Any:
    """One command, its progress shown, its JSON answer returned. Ends the demo when it fails."""
    command = [str(Path(sys.executable).with_name("colophon")), *arguments, "--json"]
    shown = " ".join(arguments) if len(arguments) < 8 else f"{arguments[0]} ... ({len(arguments) - 1} files)"
    print(f"\n$ colophon {shown}", flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        sys.stdout.buffer.write(done.stdout)
        sys.exit(done.returncode)
    return json.loads(done.stdout)


def main() -> None:
    home = Path(os.environ.get("COLOPHON_HOME", ".colophon")).absolute()
    colophon("init")
    for name in CAMPAIGNS:
        brief = EXAMPLES / name / "brief.yaml"
        plan = colophon("plan", str(brief))
        cost = plan["cost"]
        print(
            f"{len(plan['generations'])} pictures, {len(plan['renditions'])} renditions wanted; "
            f"{cost['low']} to {cost['high']} {cost['currency']} of at most {cost['cap']} (estimated)"
        )
        run = colophon("run", str(brief), "--approve-as", "Demo reviewer", "--publish")
        _tell(run)
        _verify(run)
    print(f"\nTo look at (open in a browser): {home / 'sheets'}")
    for name in CAMPAIGNS:
        print(f"  {home / 'sheets' / f'{name}.html'}")
    print(f"Published files and their lists: {home / 'cdn'}")
    print("Try: .venv/bin/colophon campaigns; .venv/bin/colophon assets list; .venv/bin/colophon doctor")


def _tell(run: dict[str, Any]) -> None:
    cost = run["cost"]
    print(
        f"{run['campaign']}: {run['state']}; {cost['spent']} of {cost['cap']} {cost['currency']} spent (sandbox money)"
    )
    for rendition in run["renditions"]:
        print(
            f"  {rendition['placement']:34} {rendition['format']:4} {rendition['width']}x{rendition['height']:<5} "
            f"{rendition['bytes']:>8} bytes  {rendition['state']}"
        )
    for problem in run["problems"]:
        print(f"  {problem['where']}: {problem['message']}")


def _verify(run: dict[str, Any]) -> None:
    """The published files, read again by `colophon verify`."""
    files = [r["path_or_key"] for r in run["renditions"] if Path(r["path_or_key"]).is_file()]
    if files:
        verdicts = colophon("verify", *files)
        trusted = sum(v["state"] == "trusted" and not v["problems"] for v in verdicts)
        print(f"{trusted} of {len(verdicts)} renditions trusted under the local policy (development certificate)")


if __name__ == "__main__":
    main()
