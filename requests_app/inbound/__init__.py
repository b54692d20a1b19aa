"""Mail that comes in: what it is, who sent it, where it may belong, and what is in its files."""
