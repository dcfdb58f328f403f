"""``python -m bench [NAME...]``: all measurements, or the named ones."""

import platform
import sys
from collections.abc import Callable
from importlib.metadata import version

from bench import (
    campaign,
    encoding,
    exports,
    identify,
    imaging,
    matrix,
    near,
    planning,
    provenance,
    rehash,
    review,
    search,
    starting,
    throughput,
)

BENCHES: dict[str, Callable[[], None]] = {
    "planning": planning.run,
    "starting": starting.run,
    "imaging": imaging.run,
    "provenance": provenance.run,
    "campaign": campaign.run,
    "throughput": throughput.run,
    "identify": identify.run,
    "near": near.run,
    "encoding": encoding.run,
    "renditions": matrix.run,
    "exports": exports.run,
    "search": search.run,
    "rehash": rehash.run,
    "review": review.run,
}
_LIBRARIES = ("prefect", "pillow", "c2pa-python", "sqlmodel", "httpx", "numpy", "imagehash", "iscc-lib", "nudenet")


def main() -> None:
    import os

    print(f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    print(", ".join(f"{name} {version(name)}" for name in _LIBRARIES))
    for name in sys.argv[1:] or BENCHES:
        print(f"\n== {name}")
        BENCHES[name]()


if __name__ == "__main__":
    main()
