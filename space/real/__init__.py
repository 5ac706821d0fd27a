"""Real CT at one click: cases of Pancreas-CT with their masks, fetched from the Imaging Data Commons when asked."""
