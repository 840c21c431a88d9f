"""Who packs, and who of them may read where a parcel goes."""

from handlers.people import Role

__all__ = ["PACKERS", "READS_ADDRESSES"]

PACKERS = frozenset({Role.PACKER, Role.SUPPORT, Role.PRODUCER, Role.OWNER})
READS_ADDRESSES = frozenset({Role.PACKER, Role.SUPPORT, Role.OWNER})
