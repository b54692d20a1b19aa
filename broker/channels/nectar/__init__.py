"""Nectar, for documents only: what is asked of it, what is taken from it, and what is refused on both ways."""

from broker.channels.nectar.client import NectarChannel, NectarJob, Upload
from broker.channels.nectar.secrets import TooDeep, strip_secrets

__all__ = ["NectarChannel", "NectarJob", "TooDeep", "Upload", "strip_secrets"]
