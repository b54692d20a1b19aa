"""One value, however many files say it: nothing is doubled, and a difference stands beside it, not over it."""
