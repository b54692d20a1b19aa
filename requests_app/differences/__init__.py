"""Where sources do not agree: what is open, and what a person settled, as rows on top of what every source said."""
