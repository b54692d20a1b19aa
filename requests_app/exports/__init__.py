"""Readings and bills in the formats of other people's programs: tables, and Green Button XML (rules)."""
