"""Write the next migration: `python -m storage.revise "what changed"`.

Compares the tables of `storage.schema` with those that the present migrations make, in a temporary
SQLite file. Read what it wrote before you commit it, then set `HEAD` in `storage.upgrade`.
"""

import argparse
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

__all__ = ["revise"]


def revise(message: str) -> Path:
    """Write the migration that brings the present ones to `storage.schema`; return its file."""
    folder = Path(__file__).with_name("migrations")
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    number = f"{1 + len(list(folder.glob('versions/*.py'))):04}"
    with tempfile.TemporaryDirectory() as place:
        engine = create_engine(f"sqlite:///{place}/andon.db")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    return next(folder.glob(f"versions/{number}_*.py"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the next migration.")
    parser.add_argument("message", help="what changed, in a few words")
    print(revise(parser.parse_args().message))
