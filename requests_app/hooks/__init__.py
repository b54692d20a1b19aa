"""Messages to recipients' applications when something of theirs changes: webhooks by the Standard Webhooks rules.

A message names ids and nothing else; who gets one asks the API. It is written in the transaction of the act that it
tells of, and sent by a job. See docs/webhooks.md and docs/decisions/0076-webhooks.md.
"""
