"""The page without a server: ``python -m space.site`` writes it into a folder."""
