"""What the pages of a stop leave in the log."""

from tests.completeness.watch import E

_PAGE = {"obj": "page", "purpose": "fulfilment"}
STOPS: dict[str, tuple[E, ...]] = {
    "admin:stops GET": (E("admin.viewed", "staff/staff", **_PAGE, cnt=1, body={"page": "stops"}),),
    "admin:stop-enter GET": (),
    "admin:stop-enter POST refused": (),
    "admin:stop-enter POST": (
        E("consent.revoked", "staff/staff", "her", body={"consent": "{consent}", "how": "phone"}),
    ),
    "attest GET": (),
    "attest POST": (
        E("stop.attested", "unknown/recipient", "her", obj="consent", body={"consent": "{consent}", "by": "page"}),
    ),
    "api-deletion POST foreign": (
        E("auth.foreign", "application/application", res="denied", body={"kind": "consent", "id": "{consent}"}),
    ),
    "api-deletion POST malformed": (),
    "api-deletion POST": (
        E("stop.attested", "application/application", "her", obj="consent", body={"consent": "{consent}", "by": "api"}),
    ),
    "admin:stop-alert GET": (E("admin.viewed", "staff/staff", "her", **_PAGE, body={"page": "stop alert"}),),
    "admin:stop-alert POST": (
        E("stop.alert_closed", "staff/staff", "her", obj="consent", body={"outcome": "goes_on", "note": "Called them"}),
    ),
}
