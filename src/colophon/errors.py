"""Every error this package raises on purpose.

The class says what the caller does next, ``transient`` whether the same call may succeed later:

    ColophonError
    |- InvalidInput            correct it                           exit 2
    |- NotFound                look elsewhere                       exit 1
    |- Conflict                read again                           exit 1
    |  '- Halted               a person stopped all orders, or this campaign's; lifted by a person
    |- NotSignedIn             say who you are                      exit 1
    |- NotAllowed              ask somebody whose role it is        exit 1
    |- ProviderError           a provider answered badly            exit 3
    |  |- ProviderUnavailable  nothing was ordered: again later     (transient)
    |  |- ProviderRefused      change the order; do not try elsewhere
    |  '- OutcomeUnknown       may have been ordered: find out first
    |- StoreUnavailable        catalog or object store out of reach (transient)
    |- ObjectCorrupt           bytes differ from their digest
    |- CheckError              a check could not reach a verdict
    |- PictureError            bytes are not a picture we accept
    |- SigningError            no signature was made
    |  '- SigningUnavailable   key service or time-stamp service out of reach (transient)
    '- OutdatedLibrary         the C2PA library is too old to be relied on

A refusal by policy, a failed check, an untrusted signer are results, not exceptions.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where it is, what was found, what is allowed."""

    code: str
    message: str
    file: str = ""
    line: int | None = None
    path: str = ""
    found: str = ""
    allowed: str = ""

    @property
    def where(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return " ".join(part for part in (place, self.path) if part)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        found = f" (found {self.found})" if self.found else ""
        return text + found + (f"; allowed: {self.allowed}" if self.allowed else "")


class ColophonError(Exception):
    """Base of the family: a text for people, a place, and what to do about it."""

    code = "error"
    transient = False

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        hint: str = "",
        reason: str = "",
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.reason = reason
        self.problems = tuple(problems)


class InvalidInput(ColophonError):
    code = "invalid_input"

    @classmethod
    def of(cls, problems: Sequence[Problem], *, hint: str = "") -> "InvalidInput":
        """All problems of one input as one error; the first one gives place and text."""
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return cls(first.message + more, where=first.where, hint=hint, problems=problems)


class NotFound(ColophonError):
    code = "not_found"


class Conflict(ColophonError):
    code = "conflict"


class NotSignedIn(ColophonError):
    """Nobody known asks. ``retry_after``: seconds until another try is looked at, where there were too many."""

    code = "not_signed_in"

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class NotAllowed(ColophonError):
    """Somebody known asks for what their role does not do."""

    code = "not_allowed"


class Halted(Conflict):
    code = "halted"


class ProviderError(ColophonError):
    """``reason`` is one of the provider-neutral classes: auth, forbidden, payment, validation, moderated_input,
    moderated_output, rate_limited, not_found, expired, upstream_transient, upstream_permanent, timeout, cancelled."""

    code = "provider_error"


class ProviderUnavailable(ProviderError):
    """Nothing was ordered. ``retry_after`` is the provider's own wish in seconds, if it stated one."""

    code = "provider_unavailable"
    transient = True

    def __init__(self, message: str, *, retry_after: float | None = None, reason: str = "", where: str = "") -> None:
        super().__init__(message, reason=reason, where=where)
        self.retry_after = retry_after


class ProviderRefused(ProviderError):
    """``cost`` is what the provider says this refusal costs (`colophon.domain.money.Money`); None: it says nothing."""

    code = "provider_refused"

    def __init__(self, message: str, *, reason: str = "", where: str = "", hint: str = "", cost: object = None) -> None:
        super().__init__(message, reason=reason, where=where, hint=hint)
        self.cost = cost


class OutcomeUnknown(ProviderError):
    code = "outcome_unknown"


class StoreUnavailable(ColophonError):
    code = "store_unavailable"
    transient = True


class ObjectCorrupt(ColophonError):
    code = "object_corrupt"


class CheckError(ColophonError):
    code = "check_error"


class PictureError(ColophonError):
    """``reason`` is one of: empty, too_large, format, undecodable, frames, pixels, limits, enlarged; of words laid on:
    missing_glyphs, does_not_fit, shaping, font, contrast."""

    code = "picture_error"


class SigningError(ColophonError):
    """``reason``, where one is given: ``mismatch`` (certificate and key do not belong together)."""

    code = "signing_error"


class SigningUnavailable(SigningError):
    code = "signing_unavailable"
    transient = True


class OutdatedLibrary(ColophonError):
    code = "outdated_library"
