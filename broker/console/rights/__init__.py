"""Every N days each role and each recipient's key is put before somebody who does not hold it: keep, or take away.

What nobody looked at in time is suspended, not kept; of those who decide enough stay to let others go on.
"""
