"""The child's side: takes jobs from standard input under hard limits and runs functions of a fixed table.

Started as ``python -m colophon.confined.worker MEMORY_BYTES``; it ends when its input does.
"""

import importlib
import os
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from colophon.confined.frames import FrameError, Header, pack, unpack
from colophon.errors import PictureError

Function = Callable[[dict[str, Any], Sequence[bytes]], tuple[Mapping[str, object], list[bytes]]]

# The only functions a parent can ask for. Each is imported when first wanted, so a worker carries what it uses.
FUNCTIONS = {
    "inspect": "colophon.confined.pictures:inspect",
    "render": "colophon.confined.pictures:render",
    "illustrate": "colophon.confined.evidence:illustrate",
    "shrink": "colophon.confined.shrinking:shrink",
    "find_logos": "colophon.confined.marks:find_logos",
    "check_font": "colophon.confined.lettering_desk:check_font",
    "read_manifest": "colophon.confined.manifests:read",
    "sign": "colophon.confined.signing:sign",
    "signing_chains": "colophon.confined.stores:signing_chains",
    "manifest_store": "colophon.confined.stores:manifest_store",
}
_OPEN_FILES = 64


def serve(functions: Mapping[str, str | Function], memory_bytes: int) -> None:
    """Answer jobs until the input ends."""
    source, sink = _pipes()
    _limit(memory_bytes)
    while (frame := _next(source)) is not None:
        header, blobs = frame
        for piece in _answer(functions, header, blobs):
            sink.write(piece)
        sink.flush()


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """The frames' own handle on standard output; what a library prints goes to standard error instead."""
    sink = os.fdopen(os.dup(1), "wb", buffering=2**16)
    os.dup2(2, 1)
    return sys.stdin.buffer, sink


def _limit(memory_bytes: int) -> None:
    """Limits that hold for the whole life of the process; processor time is set per job.

    RLIMIT_AS bounds address space, which is what an allocation fails on; no file can be written and none dumped.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_processor(seconds: int) -> None:
    """Allow this many seconds more than were used so far (the limit counts over the life of the process)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + seconds, hard))


def _next(source: BinaryIO) -> tuple[Header, list[bytes]] | None:
    def read(count: int) -> bytes:
        content = source.read(count)
        if len(content) != count:
            raise EOFError
        return content

    try:
        return unpack(read)
    except EOFError:
        return None


def _answer(functions: Mapping[str, str | Function], header: Header, blobs: list[bytes]) -> list[bytes]:
    try:
        _limit_processor(int(header["cpu_seconds"]))
        result, made = _function(functions, str(header["function"]))(header["parameters"], blobs)
        return pack({"result": dict(result)}, made)
    except PictureError as error:
        return _problem(error.reason, error.message)
    except MemoryError:
        return _problem("limits", "needs more memory than one picture is allowed")
    except FrameError as error:
        return _problem("limits", f"the result is too large: {error}")
    except Exception as error:  # noqa: BLE001 - a decoder fed hostile bytes raises anything; all of it fails this job only
        return _problem("undecodable", f"reading this file failed ({type(error).__name__})")


def _problem(reason: str, message: str) -> list[bytes]:
    return pack({"error": {"reason": reason, "message": message}}, [])


def _function(functions: Mapping[str, str | Function], name: str) -> Function:
    entry = functions[name]
    if not isinstance(entry, str):
        return entry
    module, _, attribute = entry.partition(":")
    function: Function = getattr(importlib.import_module(module), attribute)
    return function


if __name__ == "__main__":
    serve(FUNCTIONS, int(sys.argv[1]))
