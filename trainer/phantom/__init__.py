"""Seeded drawings of an abdomen, with a label map of the organs that they show."""
