"""A shared document's way through Nectar and back, and the end of it there."""
