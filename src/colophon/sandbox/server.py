"""The sandbox on a port of this machine."""

from pathlib import Path

import uvicorn

from colophon.sandbox.app import create_app


def serve(
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 8780,
    *,
    takes: float = 0.0,
    active_limit: int | None = None,
) -> None:
    """Serve until interrupted. Each task takes ``takes`` seconds; a key may have ``active_limit`` unfinished ones."""
    app = create_app(folder, takes=takes, active_limit=active_limit, hooks=True)
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
