"""The end of a consent, followed to each place that it reaches.

One row per target, moved forward until it is settled. `record` writes the rows in the transaction that ends a consent,
`progress` moves them, `follow` sees to it that nothing is given up, `attest` takes a recipient's word that copies are
deleted, `receipt` prints. Higher layers name their own targets through `consents.effects.register`.
"""
