"""Speed and memory, printed and not asserted: they say more about a machine than about right and wrong."""
