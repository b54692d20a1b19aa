"""A Nectar that speaks the documented API, made from one description of it, with faults on order."""

from broker.rehearsal.nectar.server import Nectar

__all__ = ["Nectar"]
