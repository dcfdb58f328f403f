"""Why a run could not finish, as one error: whatever many pictures ran into, told together."""

import copy
from collections.abc import Sequence

from colophon.errors import ColophonError, PictureError, Problem

_MOST = 100  # problems listed one by one


def together(errors: Sequence[ColophonError]) -> ColophonError:
    """The first that another try cannot mend, with the problems of all of them, each once. Of one alone nothing is
    changed. There is at least one."""
    first = next((error for error in errors if not error.transient), errors[0])
    if len(errors) == 1:
        return first
    others = [error for error in errors if error is not first]
    listed = list(dict.fromkeys(problem for error in (first, *others) for problem in _problems(error)))
    told = copy.copy(first)
    if len(listed) > _MOST:
        more = f"{len(listed) - _MOST} more problems are not listed; `colophon status` has them by generation"
        listed = [*listed[:_MOST], Problem("more", more)]
    told.problems = tuple(listed)
    if len(listed) > 1:
        told.message = f"{len(errors)} generations were not finished; the first: {first.message}"
    return told


def only_its_files(error: ColophonError) -> bool:
    """Whether it says something about one picture's files and nothing about the next picture's: words that do not
    fit, a cap that nothing meets. Confined processes that die or cannot be started may concern all of them."""
    return isinstance(error, PictureError) and error.reason != "limits"


def _problems(error: ColophonError) -> Sequence[Problem]:
    return error.problems or (Problem(error.reason or error.code, error.message, path=error.where),)
