"""A mask and its figures as files, on the grid of what a person gave."""
