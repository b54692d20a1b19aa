"""Asking for a login, and handing over access in other ways than by a password."""

import re
from collections.abc import Iterator

from broker.credentials.first.finding import Hit
from broker.credentials.first.normalise import Reading

_ASKS = re.compile(
    r"(?<![a-z])(?:(?:re)?send(?: us| me| back| over| along)*|reply with|respond with|share|tell (?:us|me)|give (?:us|me)|provide(?: us| me)?(?: with)?|text (?:us|me)|e-?mail (?:us|me)"
    r"|forward(?: us| me)?|let (?:us|me) have|type|enter|fill in|write (?:down|back)|confirm|supply|submit|what(?: i|')s|need|read (?:us|me)|want|require|may (?:we|i) have"
    r"|env[iy]\w*|mand\w{1,4}|compart\w+|d[ei]n?(?:os|me)|diga(?:nos|me)?|proporcion\w+|escrib\w+|necesitamos|indique\w*|cual es|responda con)(?![a-z])"
)
_OBJECT = re.compile(
    r"(?<![a-z])(?:your|the|their|his|her|its|(?:the )?(?:member|customer)'s|su|tu|la|el|las|sus)(?: [\w/&'-]{1,16}){0,7}? ?"
    r"(?:pass ?words?|pass ?codes?|pins?|credentials?|creds|pw|log[ -]?in(?: details| info\w*| name and password)?|sign[ -]?in (?:details|info\w*|codes?)|(?:security|verification|one[- ]time|login|access) (?:codes?|answers?)"
    r"|contrasenas?|claves?|datos de (?:acceso|ingreso|inicio)|codigo de (?:verificacion|acceso|seguridad))(?![a-z])"
)
_REFUSED = re.compile(
    r"(?<![a-z])(?:never|not|no|n't|don't|do not|won't|without|nobody|neither|nor|instead of|rather than|avoid|stop|refus\w+|nunca|jamas|sin|evite|tampoco|if you (?:forgot|lost)|should i|can i|do i|puedo|debo"
    r"|didn't|doesn't|cannot|can't|isn't|anyone who|who asks|if (?:any|some)one|on the co-?op|on smarthub|link to|reset|page asks|page wants)(?![a-z])"
)
_YOUR = re.compile(r"(?<![a-z])(?:your|su|sus|tu|you|usted|member'?s|customer'?s|their)(?![a-z])")
_HANDOVER = re.compile(
    r"(?<![a-z])(?:(?:i|we)(?:'ve|'ll| have| will| just| can| could)*|you are|you're|he|she|they) ?(?:been )?(?:add(?:ed)?|made|set|setup|put|invited|granted|gave|created|enrolled|registered)(?: up)?"
    r" (?:you|your (?:\w+ ){0,2}(?:e-?mail|address|team|company|office)|them|access to you|an? (?:\w+ )?(?:user|login|sign-?in) for you)"
    r"[^.?!\n]{0,60}(?:user|access|delegate|authorized|sign-?in|login|guest|profile|smarthub|portal)"
    r"|(?:agregu?[eo]\w*|anad[ií]\w*|di de alta)[^.?!\n]{0,30}(?:usuario|acceso)[^.?!\n]{0,40}(?:adicional|smarthub|portal|cuenta|sitio)"
    r"|(?:left|leave|leaving|keep|stays?|is|still) (?:myself |it |the \w+ |you )?(?:logged|signed) in[^.?!\n]{0,60}(?:use|for you|tablet|laptop|phone|computer|so you|browser)"
    r"|(?:my|our|the) (?:office )?(?:tablet|laptop|phone|computer|browser|pc)[^.?!\n]{0,40}(?:logged|signed) in[^.?!\n]{0,60}(?:you can|use it|for you|help yourself|go ahead|borrow)"
)
_PORTAL = re.compile(r"smarthub|portal|website|web site|online|co-?op|account|sitio|cuenta|(?:logged|signed) in")


def request_hits(reading: Reading) -> Iterator[Hit]:
    """Find sentences that ask somebody for a login or a code."""
    for asks in _ASKS.finditer(reading.low):
        rest = reading.low[asks.end() : asks.end() + 120]
        sentence_end = re.search(r"[.?!]\s|\n\n", rest)
        wanted = _OBJECT.search(rest[: sentence_end.start()] if sentence_end else rest)
        if wanted is None or wanted.start() > 30:
            continue
        before = re.split(r"[.?!]\s|\n\n", reading.low[max(0, asks.start() - 90) : asks.start()])[-1]
        inside = rest[: wanted.end()]
        if _REFUSED.search(before) or _REFUSED.search(inside) or not _YOUR.search(inside):
            continue
        if re.search(
            r"reset|policy|manager|on (?:the|your) (?:co-?op|smarthub)|yourself|only (?:on|at)|in smarthub|to yourself",
            rest[wanted.end() : wanted.end() + 30],
        ):
            continue
        yield Hit("outbound.asks", asks.start(), asks.end() + wanted.end(), "request")


def handover_hits(reading: Reading) -> Iterator[Hit]:
    """Find access handed over as an additional user or a device that is signed in."""
    for match in _HANDOVER.finditer(reading.low):
        sentence = reading.low[max(0, match.start() - 60) : match.end() + 60]
        if _PORTAL.search(sentence) and not re.search(
            r"(?<![a-z])(?:not|never|don't|n't|no longer|can't)(?![a-z])", match[0]
        ):
            yield Hit("access.handed_over", match.start(), match.end(), "access")
