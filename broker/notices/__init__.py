"""Mail to people: `send_later` writes a sealed notice and the job that sends it once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from broker.notices.sending import send_later

__all__ = ["send_later"]


def __getattr__(name: str) -> object:
    """Load what needs the tables only when asked: this package is imported before models are ready."""
    if name == "send_later":
        from broker.notices import sending

        return sending.send_later
    raise AttributeError(name)
