"""Access that is handed over without a secret: a further user, a shared device, a screen left open (rules)."""

import re
from collections.abc import Iterable

from broker.credentials import foreseen
from broker.credentials.tokens import SENT, Doc

Span = tuple[int, int]

_WHO = (
    r"(?:you|us|your (?:\w+ )?(?:office|e-?mail|name|company|address|team|broker|firm)|y'?all|u|them|him|her|"
    r"the broker|the agent|this office|the consultant|prairie \w+)"
)
_ROLE = (
    r"(?:additional user|authorized user|delegate|guest(?: user| access)?|secondary user|sub-?user|co-?user|"
    r"second user|"
    r"another user|extra user|new user|user|admin(?:istrator)?|shared access|full access|view(?:ing|"
    r"-only)? access|contact with access|"
    r"user on|access to (?:my|our|the) (?:smart ?hub|portal|online|account|web))"
)
_HANDED = (
    re.compile(
        r"(?i)(?:\b(?:i|we|she|he|they|member|mother|mom|dad|wife|husband|bookkeeper|daughter|son|grandson|"
        r"yo)(?:'ve| have|'ll| will| can| just| already| then|'d| had|"
        r" could| went ahead and)* |^\W*(?:just |already |i've |have )?)(?:added?|puts?|made|make|set up|set|"
        r"invited?|registered?|gave|give|granted?|listed?|signed up|signed|"
        rf"enrolled|got) {_WHO}\b[^.\n]{{0,60}}?\b{_ROLE}\b"
    ),
    re.compile(
        r"(?i)\b(?:los|te|le|lo|la|les) (?:agreg(?:u[eé]|amos|aron|[oó])|a[nñ]adi?(?:[ií]|mos|eron|[oó])|pus(?:e|imos|"
        r"ieron|o)|(?:di|dimos|dio|dieron) de alta|inclu(?:[ií]|imos|yeron|y[oó])|invit(?:[eé]|amos|aron|[oó])|"
        r"met(?:[ií]|imos|ieron|i[oó])|registr(?:[eé]|amos|aron|[oó]))(?: ya)? "
        r"(?:como|a|de) (?:un |una )?(?:usuari[oa]s? (?:adicional(?:es)?|autorizad[oa]s?|extra)|delegad[oa]|"
        r"invitad[oa]s?)|"
        r"\b(?:le|les|te) (?:di|doy|dimos) acceso a (?:mi|nuestra) (?:cuenta|portal|smart ?hub)|"
        r"\b(?:ya )?(?:quedamos|qued[eé]|quedaron|estamos|somos|entramos) (?:ya |dad[oa]s de alta )?como "
        r"(?:usuari[oa]s? (?:adicional(?:es)?|autorizad[oa]s?|extra|invitad[oa]s?)|delegad[oa]s?)"
    ),
    re.compile(
        rf"(?i)\b(?:you(?:'re| are)|{_WHO} (?:is|are|was|has been|have been)) (?:now |already |also )*(?:added |"
        rf"listed |set up |"
        rf"on my (?:account|smart ?hub|profile|login) (?:now )?|approved |in )?(?:as |in as )?(?:an |a |the |my )?"
        r"(?:additional|secondary|delegate|extra|authorized|guest|second) user\b"
    ),
    re.compile(
        r"(?i)\b(?:tablet|phone|laptop|computer|ipad|device|browser|pc|machine|desktop|chromebook|kiosk|celular|"
        r"computadora|tableta)\b"
        r"[^.\n]{0,50}\b(?:logged|signed) ?(?:in|on|into|onto)\b[^.\n]{0,70}\b(?:use it|you can|you may|"
        r"you could|go ahead|help yourself|"
        r"look around|take a look|have a look|whenever|pull|download|just open|feel free|yours to use|anytime|"
        r"come by)|"
        r"\b(?:celular|computadora|tableta|tablet|tel[eé]fono)\b[^.\n]{0,50}\b(?:abierta|abierto|iniciada|"
        r"con la sesi[oó]n)\b"
        r"[^.\n]{0,60}\b(?:puede\w*|use\w*|usar\w*|vea\w*|entr\w+)"
    ),
    re.compile(
        r"(?i)\b(?:i|we|i'll|we'll)(?: will| can| could|'ve| have)* (?:stay|leave|left|keep|kept) (?:it |"
        r"myself |ourselves |the \w+ |"
        r"the (?:co-?op |web)?(?:site|page|app) |smart ?hub |my \w+ )?(?:logged|signed) ?(?:in|"
        r"on)\b[^.\n]{0,60}\b(?:you|for you|use it|"
        r"whenever|so that|office)\b"
    ),
    re.compile(
        r"(?i)\b(?:take|borrow|use|here's|have|remote into) (?:my|our) (?:phone|tablet|laptop|computer|ipad|"
        r"pc)\b[^.\n]{0,60}\b(?:smart ?hub|"
        r"portal|co-?op (?:app|site)|account|logged|signed)\b|\b(?:teamviewer|anydesk|screen ?share|"
        r"quick assist)\b[^.\n]{0,80}\b(?:smart ?hub|portal|"
        r"log(?:ged)? ?in|sign(?:ed)? ?in|account)\b"
    ),
)
_THEIRS = r"(?:my|our|the|her|his|their|mi|nuestra)"
_PORTAL = r"(?:smart ?hub|portal|log-?in|sign-?in|account|cuenta|profile|app|utility (?:log-?in|account))"
_DEVICE = r"(?:tablet|phone|laptop|computer|ipad|pc|desktop|chromebook|kiosk|celular|computadora|tableta)"
_SHARED = (
    re.compile(
        rf"(?i)\b(?:sent|sending|send|e-?mailed|mailed) (?:you|your \w+|them) (?:an? |the )?(?:invite|"
        rf"invitation)\b[^.\n]{{0,40}}\b{_PORTAL}\b"
    ),
    re.compile(
        rf"(?i)\b(?:shared?|sharing) {_THEIRS} (?:\w+ ){{0,2}}?{_PORTAL}(?: access)? with (?:you|your|"
        rf"y'all|u)\b"
    ),
    re.compile(
        rf"(?i)\b(?:linked|connected|tied|attached|joined|hooked) (?:you|your (?:e-?mail|office|address|"
        rf"company|firm|team|name))\b[^.\n]{{0,30}}\b(?:to|into|with|up to) {_THEIRS} (?:\w+ ){{0,3}}?{_PORTAL}\b"
    ),
    re.compile(
        r"(?i)\b(?:made|created|set up|gave|opened|have|has|got|added|built)\b[^.\n]{0,40}?\b(?:own|second|"
        r"separate|sub|extra|another|guest|spare|new) ?-?(?:log-?in|sign-?in|user|access)\b"
        r"[^.\n]{0,50}\b(?:for (?:you|your|the \w+ (?:company|office|people|folks|crew))|you (?:can|could|may)|"
        r"y'all|borrow|under (?:my|our)|on (?:my|our))\b"
    ),
    re.compile(
        r"(?i)\b(?:clicked|hit|pressed|chose|used) (?:on )?(?:the )?[\"']?(?:share|invite|"
        r"add (?:a )?user|grant|manage users|share access)\b[^.\n]{0,60}\byour?\b"
    ),
    re.compile(
        r"(?i)\b(?:le|les|te) (?:di|doy|dimos|d[eé]) (?:el )?(?:permiso|acceso|"
        r"entrada)\b[^.\n]{0,60}\b(?:entrar|cuenta|portal|smart ?hub)\b"
    ),
    re.compile(
        r"(?i)\b(?:gives?|gave|set|sets|made|makes|granted) us\b[^.\n]{0,30}\b(?:shared|full|view|"
        r"guest|delegate|portal) access\b[^.\n]{0,40}"
    ),
)
_SHOWN = (
    re.compile(
        rf"(?i)\bso (?:that )?you (?:can|could|may) (?:see|view|get into|log into|log in to|access|open|"
        rf"check|look at) {_THEIRS} (?:\w+ )?(?:account|smart ?hub|portal)\b"
    ),
    re.compile(
        r"(?i)\b(?:gave|made|got|set up|created) (?:you|us|our office|your \w+|them) (?:an? )?(?:own |"
        r"guest |second |separate |sub ?-?)?(?:log-?in|sign-in|user account|guest user)\b"
    ),
    re.compile(
        r"(?i)\b(?:los|les|le|te|lo|la) (?:agregu[eé]|a[nñ]ad[ií]|met[ií]|puse) (?:a|en) (?:mi|"
        r"nuestra) (?:cuenta|portal|smart ?hub|perfil)\b"
    ),
)
_LEFT_OPEN = (
    re.compile(
        rf"(?i)\bleft (?:smart ?hub|the (?:portal|site|page)|{_THEIRS} (?:account|page)) (?:open|up|"
        rf"logged in|signed in|running) on\b"
    ),
    re.compile(rf"(?i)\b(?:smart ?hub|portal|{_THEIRS} account) is (?:up|open|already open) on (?:it|the|my|our)\b"),
    re.compile(
        rf"(?i)\b{_DEVICE}\b[^.\n]{{0,60}}\b(?:queda|deja|dej[oéó]|est[aá]) abiert[ao] la sesi[oó]n\b|"
        rf"\b{_DEVICE}\b[^.\n]{{0,40}}\b(?:logs?|signs?) (?:itself |right )?in (?:by itself|"
        rf"automatically|on its own|without)[^.\n]{{0,60}}\b(?:use|just|you can|you may|go)\b"
    ),
    re.compile(
        rf"(?i)\b{_DEVICE}\b[^.\n]{{0,40}}\b(?:is |still |left |already )*open (?:on|to|at|"
        rf"in) {_THEIRS} (?:\w+ )?{_PORTAL}[^.\n]{{0,50}}\byou (?:can|may|could)\b"
    ),
    re.compile(
        rf"(?i)\b(?:handed|gave|lent|left|passed|loaned) (?:me|us|you) (?:her|his|their|my|our|"
        rf"the) {_DEVICE}\b[^.\n]{{0,50}}\b(?:open|signed|logged|unlocked)\b|"
        rf"\bleft (?:the|my|our) {_DEVICE}\b[^\n]{{0,80}}\b(?:logged|signed) in to\b"
    ),
    re.compile(
        r"(?i)\b(?:remembers?|saved|saves|stores?|stored|keeps|kept)\b (?:the|my|our|her|his) (?:pass ?word|"
        r"log-?in|sign-?in)\b[^.\n]{0,60}\b(?:just (?:click|open|hit|press)|you (?:can|could|may)|any(?:body|"
        r"one) (?:here )?can|whoever|so you)\b"
    ),
    re.compile(
        rf"(?i)\b(?:pulled|brought|called) up {_THEIRS} (?:\w+ ){{0,2}}?{_PORTAL}\b[^.\n]{{0,80}}"
        r"\bleft (?:it|the \w+) (?:open|up|running|there)\b"
    ),
    re.compile(
        r"(?i)\bscreen ?-?shar\w+\b[^.\n]{0,60}\b(?:sign|log)(?:ed|ged)? ?in\b[^.\n]{0,40}\byou\b|"
        r"\b(?:sign|log)(?:ed|ged)? ?in\b[^.\n]{0,60}\bscreen ?-?shar\w+\b[^.\n]{0,40}\byou\b"
    ),
)
_OF_A_USER = r"(?:additional|authorized|secondary|second|extra|guest|sub|co)[ -]?user"
_PUT_IN = (
    re.compile(
        rf"(?i)\b(?:made|added|put|invited|registered|enrolled|set up|signed up) (?:[^\s.,;]+ ){{1,8}}?(?:up |in |on )?"
        rf"(?:as )?(?:an? |the )?{_OF_A_USER} (?:on|to|in|of|for) {_THEIRS} (?:\w+ ){{0,2}}?{_PORTAL}\b"
    ),
    re.compile(
        rf"(?i)\b(?:gave|lent|loaned|handed|left|let|borrowed|sent|mailed|passed) [^.\n]{{0,50}}?\b{_DEVICE}\b"
        rf"[^.\n]{{0,40}}\b(?:logged|signed) ?(?:in|on)\b[^.\n]{{0,20}}\b{_PORTAL}\b"
    ),
    re.compile(
        rf"(?i)\b{_PORTAL} on (?:his|her|their) own {_DEVICE} and (?:keeps?|leaves?|has|have) it (?:logged|signed) in\b"
    ),
    re.compile(
        rf"(?i)\b(?:prest(?:[eéoó]|amos|ad[oa])|dej(?:[eéoó]|amos)|di|dimos|dio|mand(?:[eéoó]|amos)) [^.\n]{{0,50}}?"
        rf"\b(?:{_DEVICE}|tel[eé]fono)\b[^.\n]{{0,60}}?\b(?:abiert[ao]\b|con (?:la|mi|nuestra) sesi[oó]n|sesi[oó]n "
        r"(?:abierta|iniciada|puesta))"
    ),
)
_BY_PROGRAM = re.compile(
    r"(?i)\b(?:add|create|invite|grant)[_ -]?(?:delegate|sub_?user|guest|portal_?user|secondary_?user)\b"
    r"[\"']?(?!\s?[:=]\s?(?:null|false|\"\"|0))|\b(?:delegate|"
    r"invitee)[_ -]?e?-?mail[\"']?\s?[:=]\s?[\"']?[^\s@\"']{1,60}@|"
    r"\brole[\"']?\s?[:=]\s?[\"']?(?:additional|secondary|guest|delegate|authorized)[ _-]user\b"
    r"(?![^{}]{0,80}(?:declin|refus|revok|remov|reject|expir))"
)
_US_AS = re.compile(
    r"(?i)\b(?:make|made|name|list|making) us (?:an? )?(?:co-?owner|owner|delegate|user|admin\w*|member of your)\b|"
    r"\b(?:manage users|share access|user (?:access|management)|settings|account sharing|"
    r"smart ?hub)\b[^.?\n]{0,60}\b(?:add|invite|include|enter) (?:us|our (?:e-?mail|address|office|company|team))\b|"
    r"\b(?:add|invite|include) (?:us|our (?:e-?mail|address|office|company|team))\b[^.?\n]{0,40}\b(?:to|in|on|"
    r"into) your (?:smart ?hub|portal|online|co-?op)"
)
# What a text must say for a pattern to be worth trying.
_NEEDS = (
    (
        "additional",
        "authorized",
        "delegate",
        "guest",
        "secondary",
        "sub-user",
        "subuser",
        "second user",
        "co-user",
        "another user",
        "extra user",
        "new user",
        " user",
        "access",
        "admin",
    ),
    ("usuari", "delegad", "invitad", "acceso a"),
    ("additional", "authorized", "delegate", "guest", "secondary", "extra", "second"),
    ("logged", "signed", "sesi", "abiert"),
    ("logged", "signed"),
    (
        "my phone",
        "my tablet",
        "my laptop",
        "my computer",
        "my ipad",
        "my pc",
        "our ",
        "teamviewer",
        "anydesk",
        "screen share",
        "screenshare",
        "quick assist",
    ),
)
_NEEDS_OF_SHARED = (
    ("invit",),
    ("share", "sharing"),
    ("linked", "connected", "tied", "attached", "joined", "hooked"),
    ("login", "log-in", "sign-in", "signin", "user", "access"),
    ("clicked", "hit ", "pressed", "chose", "used "),
    ("permiso", "acceso", "entrada"),
    (" us ",),
)
_NEEDS_OF_SHOWN = (
    ("so you", "so that you"),
    ("login", "log-in", "sign-in", "user account", "guest user"),
    ("agregu", "añad", "anad", "metí", "meti", "puse"),
)
_NEEDS_OF_PUT_IN = (
    ("user",),
    ("logged", "signed"),
    (" own ",),
    ("abiert", "sesi"),
)
_NEEDS_OF_LEFT_OPEN = (
    ("left ",),
    (" is up ", " is open ", " is already open "),
    (" in by itself", " in automatically", " in on its own", " in without", " la sesi"),
    ("open ",),
    ("handed", "gave", "lent", "left", "passed", "loaned"),
    ("remember", "saved", "saves", "store", "keeps", "kept"),
    ("pulled up", "brought up", "called up"),
    ("screen",),
)
_ALL_HANDED = tuple(zip(_HANDED, _NEEDS, strict=True))
foreseen.hardly_ever(*_PUT_IN, *_SHARED, *_SHOWN, *_LEFT_OPEN, *_HANDED)
_FURTHER = (
    *zip(_SHARED, _NEEDS_OF_SHARED, strict=True),
    *zip(_SHOWN, _NEEDS_OF_SHOWN, strict=True),
    *zip(_LEFT_OPEN, _NEEDS_OF_LEFT_OPEN, strict=True),
    *zip(_PUT_IN, _NEEDS_OF_PUT_IN, strict=True),
)
# One of these ends each way in which somebody asks to be added.
_ADDED = ("user", "access", "login", "usuari", "delegad", "invitad", "logged in", "signed in")
MOST = 5000
_ADD_US = re.compile(
    r"(?i)\b(?:add(?:ing)?|invit(?:e|ing)|register(?:ing)?|list(?:ing)?|set(?:ting)? up|set|setting|mak(?:e|"
    r"ing)|put(?:ting)?|giv(?:e|ing)|"
    r"enroll?) (?:us|me|our (?:office|e-?mail|company|address|team)|the broker|my e-?mail)\b (?:up |in |on |"
    r"[^\s@]{1,64}@\S{1,64} )?(?:\w{1,20} ){0,4}?(?:additional|authorized|delegate|"
    r"guest|secondary|second|extra|another|sub) ?-?(?:user|access|login)|"
    r"\b(?:agr[eé]gue(?:nos|me)|a[nñ][aá]da(?:nos|me)|inv[ií]te(?:nos|me)|reg[ií]stre(?:nos|me)|d[eé](?:nos|"
    r"me) de alta) "
    r"(?:\w+ ){0,3}(?:usuari[oa]|delegad[oa]|invitad[oa])|"
    r"\b(?:leave|keep|stay) (?:your\w* |the )?(?:\w+ )?(?:logged|signed) in\b[^.\n]{0,60}\b(?:we|us|our|so)\b|"
    r"\bgive (?:us|me) (?:\w+ )?access to your (?:smart ?hub|portal|online|web)"
)
_ON_YOURS = re.compile(r"(?i) (?:on|to|in) your (?:\w+ ){0,3}(?:account|smart ?hub|log-?in)\b")
_DENIED = re.compile(
    r"(?i)\b(?:not|never|no|nor|cannot|can't|won't|didn't|don't|couldn't|wouldn't|unless|if|should i|can i|"
    r"could i|shall i|nunca|jam[aá]s|ni|offer(?:ing|ed|s)? to)\b"
)
_ASKED = re.compile(
    r"(?i)\b(?:not|never|no|nor|cannot|can't|won't|don't|wouldn't|unless|nunca|rather than|instead of|refuse\w*|"
    r"nobody|without|avoid|offer(?:ing|ed|s)? to)\b"
)


_NEXT = re.compile(r"[.;\n]|, (?:so|then|and so|as[ií] que|entonces|por eso|pero|but)\b")  # another clause begins

_WORTH = (
    "user",
    "usuari",
    "deleg",
    "guest",
    "access",
    "acces",
    "logged",
    "signed",
    "invit",
    "abiert",
    "sesi",
    "share",
    "sharing",
    "my phone",
    "my tablet",
    "my laptop",
    "my computer",
    "anydesk",
    "teamviewer",
    "screen",
    "linked",
    "tied",
    "permiso",
    "login",
    "remember",
    "saved",
    "phone",
    "laptop",
    "add us",
    "make us",
    "add our",
    "owner",
    "sign-in",
    "connected",
    "so you",
    "smarthub",
    "portal",
    "by itself",
    "agregu",
    "gave us",
    "made us",
    "brought up",
    "pulled up",
    "called up",
)


def hands_over(doc: Doc) -> Span | None:
    """Access given, or asked for, as an additional user or on a device that stays signed in."""
    if not doc.says(*_WORTH):
        return None
    for match in doc.finditer(_ADD_US) if doc.says(*_ADDED) else ():
        before = doc.text[max(0, match.start() - 60) : match.start()].rpartition(".")[2]
        asked = "?" in doc.text[match.end() : match.end() + 40].split(".")[0]
        asked = asked and doc.inlet not in SENT and not _ON_YOURS.match(doc.text, match.end())
        if not _ASKED.search(before) and not asked:
            return match.span()
    if doc.inlet in ("nectar_call", "api_json") and (found := doc.search(_BY_PROGRAM)):
        return found.span()
    if doc.says(" us ", " us.", " us,", " us?", " us\n", " our ") and (found := doc.search(_US_AS)):
        before = doc.text[max(0, found.start() - 60) : found.start()].rpartition(".")[2]
        if not _ASKED.search(before):
            return found.span()
    if (further := _told(doc, _FURTHER)) is not None:
        return further
    if doc.lower.count("logged") + doc.lower.count("signed") > MOST:
        return 0, len(doc.text)  # nobody writes so; it could not be checked in time
    return _told(doc, _ALL_HANDED)


def _told(doc: Doc, ways: Iterable[tuple[re.Pattern[str], tuple[str, ...]]]) -> Span | None:
    """Give the first place of any pattern, each with the parts of which it has one, that is no denial or question."""
    for pattern, needs in ways:
        if not doc.says(*needs):
            continue
        for match in doc.finditer(pattern):
            line = doc.text[max(0, match.start() - 30) : match.start()]
            line = _NEXT.split(line)[-1] + match[0]
            if not _DENIED.search(line) and "?" not in doc.text[match.end() : match.end() + 2]:
                return match.span()
    return None


foreseen.hardly_ever(_US_AS, _ADD_US)
