"""The lists that prompts are screened by, and the outside service that pictures are shown to, as the settings say."""

import os
from functools import cache, lru_cache
from pathlib import Path

from colophon import data
from colophon.domain.prompt_list import MOST_BYTES, ListRules, PromptList, in_force, parse_prompt_list
from colophon.domain.prompt_screen import PromptScreen
from colophon.errors import InvalidInput
from colophon.ports import ModerationService
from colophon.providers.http import guarded_client
from colophon.providers.openai_moderation import OpenAiModeration
from colophon.settings import ModerationSettings

LANGUAGES = ("en", "de", "fr", "es", "ja", "ar")
_MOST_FILES = 100
_KEY_VARIABLE = "OPENAI_API_KEY"
_LISTS = "COLOPHON_PROMPT_LISTS"


def read_prompt_lists(folder: Path | None) -> tuple[PromptList, ...]:
    """The shipped lists, and each ``*.toml`` of a folder. Raises `InvalidInput`: with a list that cannot be read
    nothing is bought."""
    return (*_shipped(), *(_own_list(file) for file in _own_files(folder)))


def make_screen(lists: tuple[PromptList, ...], rules: ListRules) -> PromptScreen:
    """The lists that apply, made ready. Raises `InvalidInput` for a name in the rules that no list has."""
    return _screen(in_force(lists, rules))


@lru_cache(maxsize=16)
def _screen(lists: tuple[PromptList, ...]) -> PromptScreen:
    return PromptScreen(lists)


@cache
def _shipped() -> tuple[PromptList, ...]:
    return tuple(
        parse_prompt_list(data.text(f"prompts/{language}.toml").encode(), file=f"prompts/{language}.toml")
        for language in LANGUAGES
    )


def _own_files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix == ".toml")
    except OSError as error:
        raise InvalidInput(f"cannot read the folder: {error.strerror}", where=f"{_LISTS} {folder}") from error
    if len(files) > _MOST_FILES:
        raise InvalidInput(f"{len(files)} lists of terms; at most {_MOST_FILES} are read", where=f"{_LISTS} {folder}")
    return files


def _own_list(file: Path) -> PromptList:
    """One that is a pipe or a device is not opened: it could keep its reader waiting for ever."""
    try:
        if not file.is_file():
            raise InvalidInput("not a regular file", where=str(file), hint="a list of terms is a TOML file")
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"cannot read the list: {error.strerror}", where=str(file)) from error
    return parse_prompt_list(content, file=str(file))


def make_moderation(settings: ModerationSettings) -> ModerationService | None:
    """The service that is set up; None: none is. Raises `InvalidInput` without a key, or where the key would be sent
    over plain http."""
    if settings.service is None:
        return None
    if not settings.base_url.startswith("https://") and not settings.allow_private:
        raise InvalidInput(
            "the moderation service would be sent its key over plain http",
            where="COLOPHON_MODERATION__BASE_URL",
            hint="use https, or set COLOPHON_MODERATION__ALLOW_PRIVATE=true",
        )
    given = settings.api_key.get_secret_value() if settings.api_key else os.environ.get(_KEY_VARIABLE, "")
    if not given:
        raise InvalidInput(
            "the moderation service has no API key",
            where="COLOPHON_MODERATION__API_KEY",
            hint=f"set it or {_KEY_VARIABLE}, or leave COLOPHON_MODERATION__SERVICE empty",
        )
    seconds = settings.timeout_seconds
    client = guarded_client(allow_private=settings.allow_private, answer_seconds=seconds)
    return OpenAiModeration(client, settings.base_url, given, model=settings.model, timeout_s=seconds)
