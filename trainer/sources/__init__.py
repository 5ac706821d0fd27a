"""Where Cases come from, to train on: one kind of source a file, all read through `space.readers`."""
