"""How a consent stands at a moment, with all that the decision must know of it and of its accounts."""

from consents.standing.reading import Account, Standing, of, over

__all__ = ["Account", "Standing", "of", "over"]
