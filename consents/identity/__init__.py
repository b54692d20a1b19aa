"""How sure we are that the account holder signed: proofs of an account, and the level of the consents over it.

`levels` records a proof and raises every consent over the account; `bill` is her own bill, `posted` a code by post,
`calls` a call to the co-op, `notice` the two days' notice before hourly data.
"""
