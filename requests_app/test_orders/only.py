"""Addresses that exist in a rehearsal alone: anywhere else they are as unknown as any that nobody ever wrote."""

from django.urls import URLResolver
from django.urls.exceptions import Resolver404
from django.urls.resolvers import ResolverMatch, RoutePattern

from broker.db import installation


class RehearsalOnly(URLResolver):
    """An `include` that finds nothing where this is not a rehearsal, or where nobody has said what it is."""

    def resolve(self, path: str) -> ResolverMatch:
        """Find an address behind the prefix; `Resolver404` for each of them outside a rehearsal, whoever asks."""
        if self.pattern.match(path) is None or not is_rehearsal():
            raise Resolver404({"path": path})
        return super().resolve(path)


def rehearsal_only(prefix: str, urlconf: str) -> RehearsalOnly:
    """Include addresses for a rehearsal alone."""
    return RehearsalOnly(RoutePattern(prefix, is_endpoint=False), urlconf)


def is_rehearsal() -> bool:
    """Say whether this database was declared a rehearsal."""
    try:
        return installation.mode() == "rehearsal"
    except installation.NotDeclared:
        return False


def demand_rehearsal() -> None:
    """Raise RuntimeError outside a rehearsal: the second lock, for whoever finds a way around the first."""
    if not is_rehearsal():
        raise RuntimeError("only a rehearsal plays people")
