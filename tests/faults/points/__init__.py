"""Named points at every commit, send, file write and fsync of a process, and what goes wrong at one of them."""
