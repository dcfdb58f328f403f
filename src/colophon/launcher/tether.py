"""Run a program for no longer than the process that started it lives: ``python tether.py FD PROGRAM [ARGUMENT...]``.

FD is the reading end of a pipe whose writing end only that process holds. When it ends, in whatever way, the kernel
closes the pipe, and this ends the program and all that it started, which shares a process group with this. Standard
library only: it is run by its path and stays small.
"""

import os
import signal
import subprocess
import sys
import threading

GRACE = 5.0  # seconds to end in good order


def main() -> None:
    watched, command = int(sys.argv[1]), sys.argv[2:]
    signal.signal(signal.SIGTERM, lambda *_: None)  # sent to the group: the program ends, then this does
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this, who then ends it in order
    program = subprocess.Popen(command)
    threading.Thread(target=_end_with_the_pipe, args=(watched, program), daemon=True).start()
    sys.stderr.write(f"{os.path.basename(command[0])} ended with code {program.wait()}\n")  # noqa: PTH119
    sys.stderr.flush()
    _end_the_rest()


def _end_with_the_pipe(watched: int, program: "subprocess.Popen[bytes]") -> None:
    while os.read(watched, 1):  # nothing is ever written
        pass
    os.killpg(0, signal.SIGTERM)
    try:
        program.wait(GRACE)
    except subprocess.TimeoutExpired:
        _end_the_rest()


def _end_the_rest() -> None:
    os.killpg(0, signal.SIGKILL)  # this process is one of the group


if __name__ == "__main__":
    main()
