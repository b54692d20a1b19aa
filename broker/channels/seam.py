"""What every channel is: it carries an order out once, and answers or raises. It never writes to the log."""

from typing import Literal, Protocol, TypeVar

from broker.terms import ChannelName

Order = TypeVar("Order", contravariant=True)
Receipt = TypeVar("Receipt", covariant=True)

Failure = Literal["down", "refused", "malformed"]


class Channel(Protocol[Order, Receipt]):
    """A permitted way by which data comes; the caller logs before and after."""

    name: ChannelName

    def hand_over(self, order: Order, /) -> Receipt:
        """Carry an order out and say who took it."""


class ChannelError(Exception):
    """The other side failed: `down` may be tried again, `refused` and `malformed` need a person."""

    def __init__(self, kind: Failure, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.code = f"channel.{kind}"
        self.detail = detail
        self.retry_after = retry_after
