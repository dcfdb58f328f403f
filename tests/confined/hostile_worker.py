"""A worker whose functions misbehave, for the tests of the confinement around it."""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from colophon.confined.worker import Function, serve
from colophon.errors import PictureError

Answer = tuple[Mapping[str, object], list[bytes]]
Blobs = Sequence[bytes]


def echo(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    return {"parameters": parameters, "pid": os.getpid(), "environment": sorted(os.environ)}, list(blobs)


def eat(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    hoard = [bytearray(2**24) for _ in range(1000)]
    return {"eaten": len(hoard)}, []


def spin(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    while True:
        pass


def work(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    """Uses half a second of processor time: harmless alone, over a limit of one second in sum."""
    until = time.process_time() + 0.5
    while time.process_time() < until:
        pass
    return {"pid": os.getpid()}, []


def sleep(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    time.sleep(parameters["seconds"])
    return {}, []


def leave(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    os._exit(3)


def crash(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}, []


def write_file(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    Path(parameters["path"]).write_bytes(b"x")
    return {}, []


def open_many(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    return {"open": [os.dup(0) for _ in range(1000)]}, []


def chatter(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    print("a library that prints", flush=True)  # noqa: T201
    os.write(1, b"and one that writes past Python")
    return {"said": True}, []


def fail(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    raise KeyError("anything")


def refuse(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    raise PictureError(parameters["message"], reason=parameters["reason"])


def forge(parameters: dict[str, Any], blobs: Blobs) -> Answer:
    """Write past the protocol, as code injected by a picture would."""
    for descriptor in range(3, 16):
        try:
            os.write(descriptor, blobs[0])
        except OSError:
            continue
    time.sleep(5)
    return {}, []


FUNCTIONS: dict[str, str | Function] = {
    f.__name__: f
    for f in (echo, eat, spin, work, sleep, leave, crash, write_file, open_many, chatter, fail, refuse, forge)
}

if __name__ == "__main__":
    serve(FUNCTIONS, int(sys.argv[1]))
