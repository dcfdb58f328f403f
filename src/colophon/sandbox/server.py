"""The sandbox on a port of this machine."""

from pathlib import Path

import uvicorn

from colophon.sandbox.app import create_app


def serve(folder: Path, host: str = "127.0.0.1", port: int = 8780) -> None:
    """Serve until interrupted."""
    uvicorn.run(create_app(folder), host=host, port=port, log_level="warning", server_header=False)
