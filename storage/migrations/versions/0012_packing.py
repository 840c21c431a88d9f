"""The parts of bundles, the address on a slip, and what a packer was told last.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(table: str, name: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{of}.id"], name=op.f(f"fk_{table}_{name}_{of}"))


def _count(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    slip = sa.Column("slip_mark", sa.String(length=40), server_default="", nullable=False)
    op.add_column("parcels", slip)
    op.add_column("pack_leases", _count("scans", "0"))
    last = sa.Column("last_kind", sa.String(length=16), server_default="", nullable=False)
    op.add_column("pack_leases", last)
    said = sa.Column("last_said", sa.Text(), server_default="", nullable=False)
    op.add_column("pack_leases", said)
    _line_parts()
    _parcel_parts()


def _line_parts() -> None:
    op.create_table(
        "line_parts",
        sa.Column("line_id", _row_id(), nullable=False),
        sa.Column("variant_id", _row_id(), nullable=False),
        _count("each"),
        _count("kept"),
        sa.CheckConstraint("each > 0 AND kept >= 0", name=op.f("ck_line_parts_units")),
        _key("line_parts", "line_id", "order_lines"),
        _key("line_parts", "variant_id", "variants"),
        sa.PrimaryKeyConstraint("line_id", "variant_id", name=op.f("pk_line_parts")),
    )
    op.create_index("ix_line_parts_variant_id", "line_parts", ["variant_id"])


def _parcel_parts() -> None:
    op.create_table(
        "parcel_parts",
        sa.Column("parcel_id", _row_id(), nullable=False),
        sa.Column("line_id", _row_id(), nullable=False),
        sa.Column("variant_id", _row_id(), nullable=False),
        _count("units"),
        _count("packed", "0"),
        sa.CheckConstraint(
            "units > 0 AND packed BETWEEN 0 AND units", name=op.f("ck_parcel_parts_units")
        ),
        _key("parcel_parts", "parcel_id", "parcels"),
        _key("parcel_parts", "line_id", "order_lines"),
        _key("parcel_parts", "variant_id", "variants"),
        sa.PrimaryKeyConstraint("parcel_id", "line_id", "variant_id", name=op.f("pk_parcel_parts")),
    )
    op.create_index("ix_parcel_parts_line_id", "parcel_parts", ["line_id"])
    op.create_index("ix_parcel_parts_variant_id", "parcel_parts", ["variant_id"])
