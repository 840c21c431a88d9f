"""Customers: one-time codes, notes, tags, blocks, and claims that are paid first.

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(table: str, name: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{of}.id"], name=op.f(f"fk_{table}_{name}_{of}"))


def _instant(name: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    for name in ("blocked_at", "told_at", "joined_into", "sweep_due", "forgotten_at"):
        op.add_column("customers", _instant(name))
    op.create_index(op.f("ix_customers_joined_into"), "customers", ["joined_into"])
    op.create_index(
        "ix_customers_sweep_due",
        "customers",
        ["sweep_due"],
        sqlite_where=sa.text("sweep_due IS NOT NULL"),
        postgresql_where=sa.text("sweep_due IS NOT NULL"),
    )
    op.add_column("order_lines", sa.Column("claim_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_order_lines_claim_id", "order_lines", ["claim_id"], unique=True)
    _links()
    _known()


def _links() -> None:
    op.create_table(
        "customer_links",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("identity_id", _row_id(), nullable=False),
        sa.Column("other_id", _row_id(), nullable=True),
        _instant("made_at", nullable=False),
        _instant("expires_at", nullable=False),
        _instant("typed_at"),
        _instant("ended_at"),
        sa.CheckConstraint(
            "state IN ('made', 'typed', 'joined', 'ended')", name=op.f("ck_customer_links_state")
        ),
        _key("customer_links", "identity_id", "identities"),
        _key("customer_links", "other_id", "identities"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_links")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_customer_links_code_hash")),
    )
    for name in ("identity_id", "other_id"):
        op.create_index(op.f(f"ix_customer_links_{name}"), "customer_links", [name])
    op.create_table(
        "customer_link_tries",
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        _instant("since", nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint("tries > 0", name=op.f("ck_customer_link_tries_tries")),
        sa.PrimaryKeyConstraint("platform", "person", name=op.f("pk_customer_link_tries")),
    )


def _known() -> None:
    op.create_table(
        "customer_notes",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("customer_id", _row_id(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        _instant("at", nullable=False),
        _key("customer_notes", "customer_id", "customers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_notes")),
    )
    op.create_index(op.f("ix_customer_notes_customer_id"), "customer_notes", ["customer_id"])
    op.create_table(
        "customer_tags",
        sa.Column("customer_id", _row_id(), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        _instant("at", nullable=False),
        _key("customer_tags", "customer_id", "customers"),
        sa.PrimaryKeyConstraint("customer_id", "tag", name=op.f("pk_customer_tags")),
    )
    op.create_index("ix_customer_tags_tag", "customer_tags", ["tag"])
