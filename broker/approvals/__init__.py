"""Acts that need two people: asked for by one, decided by another, for the benefit of neither.

`acts.register` names a kind of act once, in an `AppConfig.ready()`; `decide.request`, `approve`, `refuse` and
`withdraw` are the actions on one such act; `decide.execute` marks it done in the transaction that does it.
"""
