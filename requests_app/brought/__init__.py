"""Files that a recipient brings for a customer, held until she says that they are hers (decision 0102)."""
