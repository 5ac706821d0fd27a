"""What a bundle says, in words, tables and charts: pure functions."""
