"""The word index of each database, and a search as it reads it.

SQLite: an FTS5 table over the cards, kept by triggers. Its tokenizer takes words apart at ASCII signs and spaces only,
which is how they are stored. PostgreSQL: one GIN index over both vectors of a card. Whatever a person wrote arrives
here as words, and is quoted all the same.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from colophon.catalog.columns import quoted
from colophon.catalog.marks import EVERY
from colophon.domain.query import Term, TextQuery
from colophon.errors import InvalidInput

TABLE = "cards_fts"
INDEX = "ix_cards_words_marks"
# Beginnings of two and three letters have indexes of their own: they would be the merging of thousands of words.
_SQLITE = (
    "CREATE VIRTUAL TABLE cards_fts USING fts5"
    "(words, marks, content='cards', content_rowid='place', tokenize='ascii', prefix='2 3')",
    "CREATE TRIGGER cards_fts_insert AFTER INSERT ON cards BEGIN"
    " INSERT INTO cards_fts(rowid, words, marks) VALUES (new.place, new.words, new.marks); END",
    "CREATE TRIGGER cards_fts_delete AFTER DELETE ON cards BEGIN"
    " INSERT INTO cards_fts(cards_fts, rowid, words, marks) VALUES ('delete', old.place, old.words, old.marks); END",
    "CREATE TRIGGER cards_fts_update AFTER UPDATE OF place, words, marks ON cards BEGIN"
    " INSERT INTO cards_fts(cards_fts, rowid, words, marks) VALUES ('delete', old.place, old.words, old.marks);"
    " INSERT INTO cards_fts(rowid, words, marks) VALUES (new.place, new.words, new.marks); END",
)
# Without a list of what is still to be sorted in: every search would read it from end to end.
_POSTGRES = ("CREATE INDEX ix_cards_words_marks ON cards USING gin (words, marks) WITH (fastupdate = off)",)


def create(connection: Connection) -> None:
    """The index over an existing table of cards. Raises `InvalidInput` where SQLite was built without FTS5."""
    if connection.dialect.name == "sqlite":
        require(connection)
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES:
        connection.execute(text(statement))


def require(connection: Connection) -> None:
    """Raises `InvalidInput` where SQLite was built without FTS5; PostgreSQL always has what is needed."""
    if connection.dialect.name != "sqlite":
        return
    found = "SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'"
    if not connection.execute(text(found)).scalar():
        raise InvalidInput(
            "this Python's SQLite was built without FTS5, which the catalog's search needs",
            where="COLOPHON_DATABASE_URL",
            hint="use a Python whose SQLite has it, as those of python.org and of Debian, or PostgreSQL",
        )


def is_own(name: str | None) -> bool:
    """Whether a table or index is part of a word index: the code's tables do not list those."""
    return name is not None and (name == INDEX or name.startswith(TABLE))


def for_sqlite(asked: TextQuery | None, marks: Sequence[Sequence[str]]) -> str | None:
    """An FTS5 expression (https://www.sqlite.org/fts5.html, section 3); None where nothing is asked of the index."""
    parts = [f"{{marks}} : ({' OR '.join(_fts5(Term((mark,))) for mark in group)})" for group in marks]
    parts += [f"{{words}} : {_fts5(term)}" for term in asked.wanted] if asked else []
    if asked and asked.unwanted and not parts:
        parts = [f"{{marks}} : {_fts5(Term((EVERY,)))}"]
    wanted = " AND ".join(f"({part})" for part in parts)
    unwanted = "".join(f" NOT ({{words}} : {_fts5(term)})" for term in asked.unwanted) if asked else ""
    return f"({wanted}){unwanted}" if parts else None


def for_postgres(asked: TextQuery | None) -> str | None:
    """A tsquery over the words; the marks are a vector of their own."""
    if asked is None:
        return None
    wanted = [_tsquery(term) for term in asked.wanted]
    return " & ".join([*wanted, *(f"!{_tsquery(term)}" for term in asked.unwanted)])


def marks_for_postgres(asked: TextQuery | None, marks: Sequence[Sequence[str]]) -> str | None:
    """A tsquery over the marks; None where nothing is asked of them."""
    needed = list(marks) or ([(EVERY,)] if asked and not asked.wanted else [])
    return " & ".join(f"({' | '.join(quoted(mark) for mark in group)})" for group in needed) or None


def _fts5(term: Term) -> str:
    phrase = " ".join(term.words).replace('"', '""')
    return f'"{phrase}"' + (" *" if term.prefix else "")


def _tsquery(term: Term) -> str:
    phrase = " <-> ".join(quoted(word) for word in term.words)
    return f"({phrase}{':*' if term.prefix else ''})"
