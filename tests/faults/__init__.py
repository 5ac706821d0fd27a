"""What goes wrong around the app, on purpose: the Hub, its cache, the disk, a publication, the bucket of real cases.

`python -m tests.faults` runs all of it and prints, for each fault, what the app said.
"""
