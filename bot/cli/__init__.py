"""The commands of `andon`, one module for each group of them.

Nothing heavy is imported here at the top: what a command needs, it imports when it runs, so that
`andon --help` and `andon parse` start at once.
"""

from bot.cli.entry import andon, main

__all__ = ["andon", "main"]
