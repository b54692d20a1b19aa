"""Somebody from outside is the second person of one act that a small team cannot do: by a link, a code and a yes.

For the acts of `team.FROM_OUTSIDE` alone; never for holds, keys, the log, ways in or the stop switch. Decision 0111.
"""
