"""A run -> a proved bundle -> the Hub."""
