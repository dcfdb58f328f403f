"""An answer to a write that is remembered, so that asking the same again is answered the same and does nothing."""

from dataclasses import dataclass
from datetime import timedelta

REMEMBERED = timedelta(hours=24)
# A request that was begun this long ago and never answered has died; asked again, it is done again.
ABANDONED = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Reply:
    """``status`` None: it is being worked on."""

    request_sha256: str
    status: int | None = None
    body: str = ""
    location: str = ""
