"""Where a small team has no second person: a day of waiting, of which the customer is told and which she can end.

For acts about one customer alone (`team.MAY_WAIT`), never for holds, keys, the log, ways in, the stop switch,
incidents, permissions, objections and packs.
"""
