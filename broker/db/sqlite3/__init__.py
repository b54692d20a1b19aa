"""SQLite for several writing processes: a fair queue before each write, and triggers that survive table remakes."""
