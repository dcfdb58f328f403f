"""An answer to a write that is remembered, so that asking the same again is answered the same and does nothing."""

from dataclasses import dataclass
from datetime import timedelta

REMEMBERED = timedelta(hours=24)
# Who works on a request says so this often, and one of which nothing was heard for so long has died with its server:
# asked again, it is done again. Some renewals may fail, and the clocks of two servers differ a little.
RENEWED = timedelta(seconds=15)
ABANDONED = timedelta(seconds=75)


@dataclass(frozen=True, slots=True)
class Reply:
    """``status`` None: it is being worked on."""

    request_sha256: str
    status: int | None = None
    body: str = ""
    location: str = ""
