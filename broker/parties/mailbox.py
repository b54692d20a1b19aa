"""Which ways of writing an address reach one mailbox (rules): for counting and for a "not again", never for sending.

What stands behind a plus is the owner's own mark: who was asked to leave `her@` alone reaches her by `her+x@` as well.
A dot means nothing at some houses, and some have several names. Where a house is not known, its dots count: two people
are never taken for one.
"""

_IGNORED = {"gmail.com": ".", "proton.me": ".-_"}  # what a house does not read in a name
_SAME = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
}
# Houses that give a mailbox to anybody: two people there have nothing else in common.
_ANYBODYS = frozenset({
    "aol.com", "att.net", "centurylink.net", "comcast.net", "fastmail.com", "gmail.com", "gmx.com", "hotmail.com",
    "icloud.com", "live.com", "mail.com", "msn.com", "outlook.com", "proton.me", "sbcglobal.net", "verizon.net",
    "windstream.net", "yahoo.com", "zoho.com",
})  # fmt: skip


def mailbox_of(email: str) -> str:
    """Give one way of writing for all addresses that are known to reach one mailbox; nothing is ever sent there."""
    name, at, house = email.strip().lower().rpartition("@")
    house = house.rstrip(".")
    house = _SAME.get(house, house)
    name = name.partition("+")[0] or name  # a name that begins with a plus is no mark behind one
    plain = name.translate({ord(each): None for each in _IGNORED.get(house, "")})
    return f"{plain or name}{at}{house}"


def house_of(email: str) -> str:
    """Give whose mailboxes stand behind the @ of an address; empty where anybody gets one there."""
    house = mailbox_of(email).rpartition("@")[2]
    return "" if house in _ANYBODYS else house
