"""``colophon run`` with crash points: the orchestrator's flow and tasks, in a process of its own.

``python -m tests.crash.flow_run BRIEF``, under the environment of tests/crash/bare_run.py.
"""

import os
import sys

from colophon.bootstrap import runtime
from colophon.cli import app
from tests.crash.bare_run import FastClock, Inline, NothingFound
from tests.crash.points import Points, install


def main() -> None:
    rt = runtime()
    rt.clock = FastClock(float(os.environ["RUN_ANCHOR"]), float(os.environ["RUN_RATE"]))
    vars(rt).update(confined=Inline(), safety_engine=NothingFound())
    install(rt, Points.of(os.environ))
    app(["run", sys.argv[1], "--approve-as", "Ana", "--publish", "--json"])


if __name__ == "__main__":
    main()
