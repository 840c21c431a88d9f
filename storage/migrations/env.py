"""What Alembic runs: in the transaction and on the connection that `storage.upgrade` gives it."""

from typing import Any, Literal

from alembic import context

from storage.schema import Instant, metadata


def plain(sort: str, item: Any, _: object) -> str | Literal[False]:
    """Write an instant as the number it is kept as: a migration stays as it was written."""
    return "sa.BigInteger()" if sort == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by building it anew.
    render_as_batch=True,
    render_item=plain,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
