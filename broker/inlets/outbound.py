"""The gate for what we send: nothing that leaves asks for a login or carries one."""

from broker.credentials import Finding, scan


class OutboundRefused(Exception):
    """A text of ours carries a portal login or asks for one; it does not leave, and there is no override."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.rule)
        self.finding = finding


def check(text: str) -> Finding | None:
    """Scan a text before it leaves; give the finding."""
    return scan(text, "outbound_email")


def demand_clean(*texts: str) -> None:
    """Raise `OutboundRefused` for the first text that may not leave."""
    for text in texts:
        finding = check(text)
        if finding is not None:
            raise OutboundRefused(finding)
