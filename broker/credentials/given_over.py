"""Access that is handed over by deeds: a further user, mails that go to another one, a device left open (rules)."""

import re

from broker.credentials.nearby import around, sentence, within
from broker.credentials.tokens import Doc

Span = tuple[int, int]

_PROGRAMS = frozenset({"api_json", "nectar_call", "url_param"})

_PORTAL = (
    r"(?:smart ?hub|(?:web |member |online |utility |co-?op |power |electric |the |el |del )?portal|co-?op(?:erative)?"
    r"(?:'s)? (?:page|site|website|web site|account|app|login|log-in|profile)|(?:power|utility|electric|light) "
    r"(?:app|page|site|website|portal|account|profile|login|company site)|utility (?:web )?profile|online (?:profile|"
    r"account)|my (?:account|profile|bills?)|mi (?:cuenta|recibo|consumo|perfil)|"
    r"cuenta de (?:la )?(?:luz|cooperativa)|(?:p[aá]gina|portal|app|cuenta|sesi[oó]n) de (?:la )?(?:luz|cooperativa|"
    r"coop)|"
    r"cooperativa|obec|ozark border)"
)
_WHO = (
    r"(?:you|us|your (?:\w+ )?(?:office|e-?mail|name|company|address|team|firm|desk|people|agent)|y'?all|"
    r"(?:the |our |my |a )?(?:consultant|broker|agent|contractor|analyst|auditor|advisor|vendor)s?|ustedes|"
    r"(?:al |el |su |la )?(?:consultor|correo de ustedes|su correo|su oficina|gestor|corredor|asesor)[ae]?)"
)
_ROLE = (
    r"(?:co-?users?|co-?owner|(?:second|2nd|additional|extra|another|further|secondary|authorized|delegate|guest|"
    r"joint|"
    r"third) users?|sub-?user|(?:account )?manager|co-?manager|(?:analyst|viewer|guest|user|delegate) seat|delegate|"
    r"(?:segundo|otro|tercer) usuario|usuari[oa] (?:adicional|extra|autorizad[oa]|secundari[oa]|invitad[oa])|"
    r"co-?usuari[oa]|co-?titular|administrador(?:a)?)"
)
# Who is put where as what, done or agreed upon.
_MADE = (
    re.compile(
        rf"(?i)\b(?:made|mak(?:e|es|ing)|places?|placed|puts?|added?|adding|named?|appoint\w*|set|sets|list\w*|"
        rf"approved|"
        rf"grant\w*|"
        rf"gave|give[sn]?|register\w*|enroll?\w*|went ahead and put|hice|nombr\w+|dej[eé]|puse|met[ií]|d[ií])"
        rf" (?:\w+ ){{0,2}}?{_WHO}(?: down| in| up| on)?(?: (?:\w+ ){{1,6}}?| )(?:as |a |an |the |como |de |un "
        rf")+(?:\w+ )?"
        rf"{_ROLE}\b"
    ),
    re.compile(
        rf"(?i)\b(?:le|les|te) (?:di|dimos|doy|puse) (?:\w+ ){{0,3}}?(?:permisos? de (?:todo|{_ROLE})|{_ROLE})|"
        rf"\bmet[ií] su correo en\b|\b(?:puse|met[ií]|agregu[eé]|dej[eé]) (?:el|su) correo (?:de ustedes )?(?:como|"
        rf"en)\b"
        rf"[^.\n]{{0,60}}(?:{_ROLE}|recuperaci[oó]n|compartir|acceso|usuarios)"
    ),
    re.compile(
        rf"(?i)\b{_ROLE}\b[^.\n]{{0,50}}(?:e-?mailed|sent|went|goes|mailed|issued|enviad\w+) to [^\s@]{{1,40}}@|"
        rf"\b(?:add|added|invite[ds]?|agreg\w+|put) [^\s@]{{1,40}}@\S{{3,40}} (?:\w+ )?(?:as|como|in as|on as) "
        rf"(?:\w+ ){{0,2}}?"
        rf"{_ROLE}\b"
    ),
    re.compile(
        r"(?i)\byour (?:e-?mail|name|office|address|desk)(?:'s| is| has been)? (?:on|in|listed|added|up) (?:there|it|"
        r"my \w+|"
        r"our \w+|the (?:account|profile))\b[^.\n]{0,60}\b(?:next to|beside|and can|can (?:see|pay|view)|with mine|"
        r"as)\b|"
        r"\blinked your (?:login|user|e-?mail|profile) to (?:our|my)\b"
    ),
    re.compile(
        r"(?i)\b(?:chang|switch|set|mov|swap|updat|put)\w* (?:the |my |our )?(?:recovery |reset |log-?in |contact |"
        r"backup )?"
        r"(?:e-?mails?|phone|number|reset|address|cell)(?: address| number)? (?:\w+ ){0,5}?(?:to|over to|as|"
        r"go(?:es)? to|for) "
        r"(?:yours?\b|you\b|your (?:e-?mail|phone|cell|office|address|number|desk))[^\n]{0,60}?"
        r"(?:sign|log|reset|code|get in|smart ?hub|portal|recover)"
    ),
    re.compile(
        r"(?i)\b(?:codes?|resets?|(?:sign-?in|log-?in|reset|recovery|smart ?hub|portal) (?:codes?|mails?|e-?mails?|"
        r"texts?|links?))"
        r"(?: now| just| will| always)* (?:goes?|go|comes?|lands?|gets? (?:sent|forwarded)|(?:is|are) forwarded)"
        r"(?: straight| right| now| over)* to (?:you|y'all|your (?:phone|cell|e-?mail|office|desk|inbox))\b(?! alone|"
        r" only)"
    ),
    re.compile(
        r"(?i)\b(?:forwarding|forward|set up a forward|auto-?forward\w*) (?:all )?(?:of )?my (?:co-?op|smart ?hub|"
        r"portal) "
        r"(?:mail|e-?mails?|texts?)[^.\n]{0,60}\b(?:codes?|resets?|links?)\b|"
        r"\bso the (?:codes?|resets?|sign-?in (?:mails?|texts?)) (?:now )?(?:go|come|land|reach) (?:\w+ "
        r"){0,2}?(?:you|your)\b"
    ),
)
_REDIRECTED = _MADE[5]  # where codes go, said by us, is how a portal works
_SEAT_KEY = re.compile(
    r"(?i)(?<![a-z])(?:add(?:itional)?|second(?:ary)?|sub|co|extra|guest|delegated?|invited|authorized)[ _-]?user"
    r"(?:[_-]?(?:e-?mail|id|name))?[\"']?\s?[:=]\s?(?:\{\s?)?[\"']?(?:e-?mail[\"']?\s?[:=]\s?[\"']?)?[^\s@\"',&]{1,40}(?:@|%40)|"
    r"(?<![a-z])(?:usuario[ _-]?(?:adicional|extra|invitado|secundario|autorizado)|(?:segundo|otro)[ _-]?usuario|"
    r"delegado)"
    r"[\"']?\s?[:=]\s?[\"']?[^\s@\"',&]{1,40}(?:@|%40)|"
    r"(?:role|rol|as|como|type|tipo)[\"']?\s?[:=]\s?[\"']?(?:additional|second|sub|co|guest|delegate)[ _-]?(?:user|"
    r"owner)"
    r"\b[^\n]{0,80}(?:@|%40|accept|status=active|portal=|by=)|/(?:invite|invitaci[oó]n|usuarios?)/(?:\w+/)?(?:accept|"
    r"aceptar)\?[^\n]{0,30}"
    r"(?:user|usuario|portal=|de=|as=)|/invite/accept\?[^\n]{0,60}user|/usuarios?/adicional/aceptar\?"
)

_DEVICE = (
    r"(?:tablet|i-?pad|i-?phone|(?:old |spare |cell ?|my |her |his )phone|laptop|computers?|pc|desktop|chromebook|"
    r"kiosk|"
    r"browsers?|"
    r"monitor|machine|screen|celular|tel[eé]fono|computadora|compu|tableta|navegador|m[aá]quina|equipo|aparato|device)"
)
# Trusted, approved, remembered: the co-op's page asks no more there.
_TRUSTED = re.compile(
    rf"(?i)\b(?:approved?|ok'?d|okayed|trusted|accepted|authorized|verified|confirmed|allowed|said yes to|hit yes "
    rf"(?:on|for)|"
    rf"tapped (?:yes|approve|allow) (?:on|for)|pressed (?:yes|allow|approve) (?:on|for)|confirm[eé]|aprob[eé]|"
    rf"autoric[eé]|"
    rf"le di (?:aprobar|permitir|aceptar|que s[ií]) (?:a|en)) (?:\w+ ){{0,4}}?(?:your|our|the broker's|su|ese|este|"
    rf"tu)(?: \w+)? {_DEVICE}\b|"
    rf"\b(?:your|our|su|ese|este)(?: \w+)? {_DEVICE}\b[^.\n]{{0,60}}\b(?:as (?:a )?trusted|trusted device|de "
    rf"confianza|"
    rf"soy yo|is (?:now )?(?:trusted|approved|remembered|allowed))\b|"
    r"\b(?:trust|remember)(?:ed)? (?:this|that|the) (?:browser|computer|device|machine|pc)\b[^.\n]{0,60}\b(?:your|"
    r"you|our)\b|"
    r"\bput (?:your|our) (?:phone|browser|computer|laptop) on as (?:a )?trusted\b"
)
_TRUST_KEY = re.compile(
    r"(?i)[\"'?&](?:trusted|remembered|shared|paired)[_-]?(?:device|browser)[\"']?\s?[:=]\s?[\"']?(?!null|false|none|"
    r"no\b|0|\"|')"
    r"[\w.-]{2,40}[\"']?[^\n]{0,120}\b(?:smart ?hub|portal|approved|member|never)\b|"
    r"[\"'?&](?:state|estado|session|sesion|status)[\"']?\s?[:=]\s?[\"']?(?:logged[_-]?in|signed[_-]?in|abierta|"
    r"iniciada)\b"
    r"[^\n]{0,60}\b(?:broker|use|for|para)\b"
)
_STAYS = (
    r"(?:(?:signed|logged) ?(?:in|on|into)|log(?:u|gu)ead[ao]|stays? (?:in|on|open|signed|logged)|never (?:logs?|"
    r"signs?) (?:off|"
    r"out)|(?:doesn't|does not|won't|don't) (?:time out|log (?:off|out)|sign (?:off|out)|ask)|opens? (?:right |"
    r"straight )?"
    r"(?:up )?(?:to|into|without)|without asking|(?:no|sin) (?:lock|password|pass ?code|pin|clave|contrase[nñ]a)(?: "
    r"on it| "
    r"needed)?|already (?:on|open|in)|is (?:up|open)\b|'s up\b|(?:still )?has (?:mr|ms|mrs|miss)?\.? ?\w+ in|as "
    r"(?:me|her|him|us|the member|the owner)\b|"
    r"abiert[ao]|(?:la )?sesi[oó]n (?:iniciada|abierta|activa|prendida)|no (?:se )?cierra|iniciad[ao]|conectad[ao]|"
    r"kept alive|gets? the co-?op codes)"
)
_LENT = (
    r"(?:(?:you|he|she|y'all|they|your (?:man|men|guy|tech|people|crew|fellow)|the (?:consultant|broker|auditor|"
    r"agent)s?|"
    r"consultants?) (?:can|may|could|will|is welcome|are welcome|poke|sit)|for (?:you|your \w+|the (?:consultant|"
    r"broker|auditor|agent))|"
    r"help yourself|let (?:your|the|our) \w+ (?:have|use|borrow|take|keep)|for our \w+|(?:go ahead|feel free|take it|"
    r"use it|keep it|borrow|grab|walk over|sit down|have at it|you're me|"
    r"you are me|"
    r"you'll be me)|(?:mailing|dropping|bringing|lending|loan(?:ed|ing)?|handing|leaving) (?:\w+ ){0,4}?(?:off|to|"
    r"you|it|phone)|"
    r"consultant's disposal|at (?:your|the \w+'s) disposal|(?:nobody|no one) minds|he's fine with it|"
    r"(?:puede\w*|deja|libre|venga|pase|si[eé]ntese|[uú]sela?|para (?:que )?usted|le presto|se la (?:presto|dejo|"
    r"llevo)|"
    r"el consultor))"
)
_OPEN_DEVICE = re.compile(
    rf"(?i)\b{_DEVICE}\b[^\n]{{0,110}}?\b{_STAYS}[^\n]{{0,110}}?\b{_LENT}\b|"
    rf"\b{_LENT}\b[^\n]{{0,90}}?\b{_DEVICE}\b[^\n]{{0,90}}?\b{_STAYS}|"
    rf"\b{_STAYS}[^\n]{{0,80}}?\b{_DEVICE}\b[^\n]{{0,90}}?\b{_LENT}\b"
)
_NO = re.compile(
    r"(?i)\b(?:not|never(?! mind)|nothing in|no one may|cannot|can't|won't|didn't|don't|shouldn't|wouldn't|couldn't|"
    r"must not|"
    r"unless|"
    r"should i|can i|"
    r"could i|shall i|may i|do i|nunca|jam[aá]s|refuse\w*|declin\w+|revoked?|removed?|withdr[ae]w\w*|quit[eé]|"
    r"borr[eé]|ya no|"
    r"is it (?:safe|ok|normal)|es seguro|debo|puedo|signed? out|logged? out|log out|sign out|cerr[eé]|cierr[eo]|"
    r"tampoco|if (?:you|we|i) "
    r"(?:want|need|were)|without (?:our|a|the|any)|instead of|rather than|policy|suggest\w*|said no|offer(?:ed|s)? "
    r"to|wants? to|wanted to|prohibit\w*|forbid\w*|nobody (?:may|can|should))\b"
)
_ONLY_OPEN = re.compile(r"(?i)\b(?:doesn't|does not|won't|don't|never|no) (?:time|log|sign|ask|need)\w*")


def seats(doc: Doc) -> Span | None:
    """`made the consultant a co-user online`, `codes go to your phone now`, `"additional_user":"desk@…"`."""
    keyed = doc.inlet in _PROGRAMS or doc.inlet == "csv_upload"
    if keyed and doc.says("user", "usuario", "delegad") and (found := doc.search(_SEAT_KEY)):
        return found.span()
    for pattern, (parts, before, after) in zip(_MADE, _OF_MADE, strict=True):
        if pattern is _REDIRECTED and doc.inlet == "outbound_email":
            continue
        for match in within(doc, pattern, around(doc, parts, before, after)):
            asks = "?" in doc.text[match.end() : match.end() + 40].split("\n")[0]
            if not asks and not doc.near(_NO, *sentence(doc, match.start(), match.end())):
                return match.span()
    return None


_ROLES = ("user", "owner", "manager", "seat", "delegate", "usuari", "titular", "administrador")
# Around which words each is worth trying, and how far.
_OF_MADE = (
    (_ROLES, 160, 40),
    (("permiso", "correo", "usuari"), 60, 120),
    (_ROLES, 120, 120),
    (("your e", "your name", "your office", "your addr", "your desk", "linked your"), 5, 160),
    (("to you", "as you", "for you", "over to y"), 140, 120),
    ((" to you", " to y'all"), 80, 30),
    (("forward", "so the "), 20, 160),
)


def devices(doc: Doc) -> Span | None:
    """`I approved your device on my account`, `the iPad in the barn is signed on, your man may take it`."""
    keyed = doc.inlet in _PROGRAMS and doc.says("device", "browser", "loggedin", "logged", "signed")
    if keyed and (found := doc.search(_TRUST_KEY)):
        return found.span()
    places = around(doc, _DEVICES, 200, 240)
    for match in within(doc, _TRUSTED, places) if doc.says(*_TRUSTS) else ():
        asks = "?" in doc.text[match.end() : match.end() + 60]
        if not asks and not doc.near(_NO, *sentence(doc, match.start(), match.end())):
            return match.span()
    if places and doc.says(*_OPENS) and doc.near(_A_PORTAL, 0, len(doc.text)):
        for match in within(doc, _OPEN_DEVICE, places):
            told = _ONLY_OPEN.sub("", doc.text[max(0, match.start() - 60) : match.end() + 60])
            asks = "?" in doc.text[match.end() : match.end() + 40]
            near = doc.near(_A_PORTAL, match.start() - 110, match.end() + 110)
            if near and not asks and not _NO.search(told):
                return match.span()
    return None


_A_PORTAL = re.compile(
    rf"(?i)\b{_PORTAL}\b|\b(?:signed|logged) (?:in|on)(?:to)? (?:to )?(?:the |my |our )?(?:co-?op|electric|power|"
    rf"light)\b|"
    r"\blog(?:u|gu)ead[ao] (?:siempre|todo el d[ií]a|en la luz)|\bnever (?:logs?|signs?) (?:off|out)\b|\bkept alive\b"
)
_TRUSTS = ("trust", "approv", "ok'd", "okay", "accept", "author", "verified", "confirm", "allow", "yes", "remember",
           "aprob",
           "autori", "confianza", "soy yo", "le di ")  # fmt: skip
_DEVICES = ("tablet", "ipad", "i-pad", "phone", "laptop", "computer", "pc", "desktop", "chromebook", "kiosk",
            "browser",
            "monitor", "machine", "screen", "celular", "teléfono", "compu", "tableta", "navegador", "máquina",
            "equipo",
            "aparato", "device", "iphone")  # fmt: skip
_OPENS = ("sign", "log", "open", "ask", "lock", "pass", "pin", "clave", "contra", "already", "'s up", " is up",
          "as me", " in ",
          "abiert", "sesi", "cierra", "inicia", "conectad", "alive", "codes", "time out")  # fmt: skip
