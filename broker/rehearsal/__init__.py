"""Counterparties for rehearsal and tests: real servers on loopback that play the world outside.

Nothing here is imported by code that serves live data, and every answer says that it is a rehearsal.
"""
