"""Forms of pages: bounded in fields and files, and text as text."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from colophon.errors import InvalidInput

_MOST_FIELDS = 2000  # a bulk decision names each of its pictures
_MOST_FILES = 1


@dataclass(frozen=True, slots=True)
class Form:
    fields: FormData

    def text(self, name: str) -> str:
        """A field's text without the space around it; empty where there is none."""
        value = self.fields.get(name)
        return value.strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        return [value for value in self.fields.getlist(name) if isinstance(value, str)]

    def has(self, name: str) -> bool:
        return name in self.fields

    async def file(self, name: str) -> tuple[str, bytes]:
        """The name and bytes of a file. Raises `InvalidInput` where none came."""
        value = self.fields.get(name)
        try:
            if not isinstance(value, UploadFile) or not value.size:
                raise InvalidInput("no file came", where=name, hint="choose one")
            return value.filename or "file", await value.read()
        finally:
            await self.fields.close()  # also of what came beside it


async def read_form(request: Request) -> Form:
    """Raises what Starlette raises for a form with too many parts: a problem of the client's."""
    return Form(await request.form(max_fields=_MOST_FIELDS, max_files=_MOST_FILES))
