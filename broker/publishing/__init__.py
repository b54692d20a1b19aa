"""The profiles by which this database works: the file as shipped, or the version that two people published since.

`broker.utilities` knows the files alone; whoever works for a utility asks here.
"""

from broker.publishing.in_force import assurance, number, offer, profile, reachable, text_in_force, working

__all__ = ["assurance", "number", "offer", "profile", "reachable", "text_in_force", "working"]
