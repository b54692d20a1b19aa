"""Legal holds, what is due for destruction, and its carrying out: key by key, by two people, by the keeper.

`placing` places and reviews holds and asks for releases and destructions; `keeping` is what the keeper's process does;
`schedule` says what is due when; `certificate` proves a destruction without naming anybody.
"""
