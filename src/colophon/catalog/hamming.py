"""Looking up many values at once and counting differing bits, both inside the database: what is too far away never
leaves it.

PostgreSQL has ``bit_count`` (from 14 on). SQLite has neither that nor an exclusive or; each of its connections is given
a function of the same meaning.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Dialect, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from colophon.catalog import bits

_NAME = "differing_bits"


class differing(FunctionElement[int]):
    """How many of the 64 bits of two signed integers differ."""

    type = Integer()
    name = _NAME
    inherit_cache = True


@compiles(differing)
def _on_sqlite(element: differing, compiler: SQLCompiler, **options: Any) -> str:
    return f"{_NAME}({compiler.process(element.clauses, **options)})"


@compiles(differing, "postgresql")
def _on_postgresql(element: differing, compiler: SQLCompiler, **options: Any) -> str:
    one, other = (compiler.process(clause, **options) for clause in element.clauses)
    return f"bit_count(CAST(({one}) # CAST(({other}) AS BIGINT) AS BIT(64)))"


class Numbers(TypeDecorator[Sequence[int]]):
    """Several integers as one parameter: a statement with hundreds of them takes longer to send than to answer."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Integer()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


class one_of(FunctionElement[bool]):
    """Whether a column is one of several integers, looked up by its index. Without a type: SQLAlchemy would compare a
    boolean with 1 on SQLite, which then reads the whole index."""

    name = "one_of"
    inherit_cache = True

    def __init__(self, column: Mapped[int], values: BindParameter[Sequence[int]]) -> None:
        super().__init__(column, values)


@compiles(one_of)
def _listed(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both compiled, the values a parameter


@compiles(one_of, "postgresql")
def _any(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY (CAST({values} AS INTEGER[]))"


def teach(connection: Any) -> None:
    """Give a connection of the SQLite driver the function."""
    connection.create_function(_NAME, 2, bits.distance, deterministic=True)
