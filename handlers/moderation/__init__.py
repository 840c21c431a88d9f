"""Moderation: what a line of chat is held to be, and the step that follows.

Everything in here is pure but for the time limit on a shop's own regular expressions: the same
lines in the same order give the same verdicts. It bans nobody, and knows no way to.
"""
