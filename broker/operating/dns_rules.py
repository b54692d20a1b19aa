"""What the DNS says of a domain that sends mail: SPF, DKIM, DMARC, from TXT records that somebody looked up (rules)."""

import re
from collections.abc import Sequence

type Record = tuple[str, str]  # name without its last dot, text

_LINE = re.compile(r"(\S+?)\.?\s+(?:\d+\s+)?(?:IN\s+)?TXT\s+(.+)")
_PIECE = re.compile(r'"([^"]*)"')


def read(text: str) -> list[Record]:
    """Read the answer section of `dig TXT`, or `NAME TXT "…"` lines; what is no TXT record is passed over."""
    found = []
    for line in text.splitlines():
        hit = _LINE.fullmatch(line.strip())
        if hit is None or line.lstrip().startswith(";"):
            continue
        pieces = _PIECE.findall(hit[2])
        found.append((hit[1].lower(), "".join(pieces) if pieces else hit[2].strip()))
    return found


def judge(domain: str, records: Sequence[Record]) -> list[tuple[str, str, str]]:
    """Give name, what is wrong (empty: nothing), and the fix, for each of the three."""
    domain = domain.lower()
    return [
        ("SPF", _spf(domain, records), f'{domain} TXT "v=spf1 mx -all", with what sends for you before -all'),
        ("DKIM", _dkim(domain, records), f"let the relay sign, and publish its key at SELECTOR._domainkey.{domain}"),
        ("DMARC", _dmarc(domain, records), f'_dmarc.{domain} TXT "v=DMARC1; p=quarantine; rua=mailto:…"'),
    ]


def _spf(domain: str, records: Sequence[Record]) -> str:
    found = [text for name, text in records if name == domain and text.lower().split(" ")[0] == "v=spf1"]
    if len(found) != 1:
        return "no record" if not found else "more than one record: receivers take none"
    return "" if found[0].lower().split()[-1] in ("-all", "~all") else "it does not end with -all or ~all"


def _dkim(domain: str, records: Sequence[Record]) -> str:
    keys = [text for name, text in records if name.endswith(f"._domainkey.{domain}")]
    if not keys:
        return "no key was shown"
    return "" if any(re.search(r"(?:^|;)\s*p=[A-Za-z0-9+/]{40}", text) for text in keys) else "no key that is in use"


def _dmarc(domain: str, records: Sequence[Record]) -> str:
    found = [text for name, text in records if name == f"_dmarc.{domain}" and text.lower().startswith("v=dmarc1")]
    if len(found) != 1:
        return "no record" if not found else "more than one record: receivers take none"
    return "" if re.search(r";\s*p\s*=\s*(?:quarantine|reject)\b", found[0], re.IGNORECASE) else "its policy is none"
