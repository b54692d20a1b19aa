"""Words of the pages on which files are looked at."""
