"""Limits of what anybody may try: counted in the database, under keyed hashes of who tried and what was tried."""
