"""Hostile input by the thousand: a command for each kind, `python -m tests.fuzz.NAME --inputs 100000 --seed 0`."""
