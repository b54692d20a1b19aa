"""What can go wrong on the way out; texts name hosts and codes, never an address or content."""


class TransportError(Exception):
    """Something outside failed; nothing is known to have been taken over."""


class EgressRefused(TransportError):
    """The host and port are not on the list of places that this installation may reach."""


class ResponseTooLarge(TransportError):
    """The other end sent more than we are willing to read."""


class MailError(TransportError):
    """A mail was not accepted, or we cannot tell."""

    def __init__(self, host: str, reply: str) -> None:
        super().__init__(f"{host}: {reply[:3]}")
        self.host = host
        self.reply = reply


class TemporaryRefusal(MailError):
    """Not accepted now (4xx, or no connection); nothing was handed over, so sending again is safe."""


class PermanentRefusal(MailError):
    """Not accepted, and sending again will not help (5xx)."""


class DeliveryUnknown(MailError):
    """The connection broke after the content was sent: it may have arrived. A person decides, never a resend."""
