"""What can go wrong on the way out; texts name hosts and codes, never an address or content."""


class TransportError(Exception):
    """Something outside failed; nothing is known to have been taken over."""


class EgressRefused(TransportError):
    """This is no place, or no call, that this installation may reach; nothing left us. `code` says why.

    `egress.not_listed` (host and port), `egress.portal` (a customers' portal, whoever listed it), `egress.call` (a
    method or path that the purpose does not have), `egress.inside` (the name leads to an address that is not of the
    public internet, and nobody listed that network), `egress.nothing` (the name leads nowhere).
    """

    def __init__(self, text: str = "", code: str = "egress.not_listed") -> None:
        super().__init__(text)
        self.code = code


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
