"""The pages of a recipient: its people's own view of keys, permissions, requests and data."""
