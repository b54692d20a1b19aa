"""The gate's engine: finds portal credentials in text, and never repeats them (rules)."""

from broker.credentials.engine import scan
from broker.credentials.finding import Finding
from broker.credentials.rules import why

__all__ = ["Finding", "scan", "why"]
