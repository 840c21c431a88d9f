"""The intake: what comes in, in order, in batches, each batch one transaction.

ears.py      Intake: the front door, for platforms and for the process
lanes.py     one lane per stream, step by step
owning.py    the lease by which one process owns a stream
queue.py     the line before a lane, bounded, with what waits behind a gap
batches.py   many lines with the effect of one at a time: cut at deadlines, halved at bugs
gaps.py      what is missing, read from history
acts.py      commands, presses, forms and direct messages
writer.py    one transaction: fenced, patient, with the next deadline known at its end
"""

from bot.intake.desk import Act, Desk, History, Incoming
from bot.intake.ears import Intake
from bot.intake.figures import Figures
from bot.intake.settings import IntakeSettings
from bot.intake.waiting import Stored

__all__ = ["Act", "Desk", "Figures", "History", "Incoming", "Intake", "IntakeSettings", "Stored"]
