"""One-time codes and PINs in groups of any kind, told as people tell them: what came, what is new, what an app wants
(rules).
"""

import re
from collections.abc import Iterator

from broker.credentials.tokens import Doc

Span = tuple[int, int]

# Four to eight digits, whole or in groups, a letter of the sender before them; and what else is written like that.
_GROUPS = (
    r"(?:(?<=[^\w-][a-z]-)|(?<![\w.$#/,:-]))(?<!\d )(?<!\) )"
    r"((?:\d{4,8}|\d{3}(?: ?[ -] ?)\d{2,4}|\d{2}(?:(?: ?[ -] ?)\d{2}){1,3}|\d(?:(?:, ?| ?[ .-] ?)\d){3,7}|\d{4} "
    r"\d{2}))"
    r"(?! ?[%$°]|[\w/:-]| \d|[.,]\d| (?:members|customers|people|homes|accounts|meters|socios|clientes|casas)\b)"
)
_DATE = re.compile(r"(?:0?[1-9]|1[0-2])[ -](?:[0-2]?\d|3[01])[ -](?:19|20)?\d\d|(?:19|20)\d\d")
_PHONE = re.compile(r"\d{3}[ -]\d{4}")
_FILL = r"(?:[:;,.…\"'“”>=-]{0,3} )"

# What is said right before the digits of a code.
_ARRIVES = (
    r"(?:(?:the |a |another |my |el |otro |un )?(?:codes?|one[- ]shot|c[oó]dig(?:o|uito)|text|txt|sms|message|"
    r"mensajit?o|"
    r"mensaje|numerito)"
    r"(?: (?:from|de|of|off) (?:the |la |el )?\w+)?,? (?:that )?(?:just |finally |now |me |ya |nos )?"
    r"(?:came|comes|arrived|is here|popped up|landed|showed up|had|has|says?|said|reads?|shows?|is|was|lleg[oó]|dice|"
    r"dec[ií]a|trae|tra[ií]a|es|sali[oó])(?: (?:in|through|as|con|el|with|it's|is|es|que))?)"
)
_TEXTS = (
    r"(?:what|the one|the number|the thing|lo que|el que|el n[uú]mero que) (?:they|it|she|he|the co-?op|smart ?hub|me|"
    r"nos)(?: just| have| always)?"
    r" (?:texts?|texted|sends?|sent|pushed|messaged|mand\w+|envi\w+|lleg\w+)(?: me| us| over| por mensaje| al "
    r"celular)?"
    r"(?: is| was| says| es| fue| dice)?"
)
_RENEWED = (
    r"(?:new|newest|fresh|latest|second|other|next|good|right|live|last|nuev[oa]|[uú]ltim[oa]|buen[oa]|otr[oa]|"
    r"segund[oa])(?: (?:one|code|number|text|c[oó]digo|n[uú]mero|mensaje))?(?: (?:just )?(?:is|was|says|es|dice|came|"
    r"reads))?"
)
_TIMES_OUT = re.compile(
    r"(?i)\b(?:expir\w+|timed out|times out|ran out|too (?:slow|late)|(?:one|code|that|it|first) (?:\w+ )?died|"
    r"no good (?:now|any ?more)|dead|venci[oó]|vence|caduc\w+|good for|good till|good until|minutes?|minutos?|"
    r"go go|hurry|quick|r[aá]pido|ap[uú]r\w+|todav[ií]a sirve|ahorita|right now|[uú]s\w+ ya|use it now)\b"
)
_SECRET = re.compile(
    r"(?i)\b(?:do not share|don'?t share|not to share|never share|no compart\w+|no lo comparta\w*|not supposed to|"
    r"told not to|was not to|no se lo d[eé]\w*)\b"
)
_SIGNING = re.compile(
    r"(?i)\b(?:sign(?:ing)?[ -]?(?:in|on)|log(?:ging)?[ -]?(?:in|on)|smart ?hub|the hub|portal|step two|second step|"
    r"entrar|entrada|iniciar sesi[oó]n|acceso|ingresar|get (?:me|you|us) in|let (?:you|me|us) in|type in|verif\w*|"
    r"two[- ]step|2fa|mfa|otp)\b"
)
_COOP = re.compile(
    r"(?i)\b(?:co-?op|obec|ozark border|cooperativa|smart ?hub|website|web site|the page|la p[aá]gina)\b"
)
_CAME = re.compile(
    rf"\b(?:{_ARRIVES}|{_TEXTS}){_FILL}{{1,2}}(?:[a-z]-)?{_GROUPS}|"
    rf"\b(?:(?:she|he|wife|sister|son|hers|his|mine|phone|cell|ella|[eé]l) (?:just )?(?:says|reads|got|dice)|"
    rf"(?:just )?(?:texted|messaged|pinged)(?: me| us| over)?|"
    rf"got (?:the|a|another|my) (?:text|code|message|sms)|(?:ya )?lleg[oó]|ya sali[oó](?: otro)?(?: \w+)?(?: con)?)"
    rf"{_FILL}{{1,2}}(?:[a-z]-)?{_GROUPS}"
)
_NEW = re.compile(rf"\b{_RENEWED}{_FILL}{{1,2}}(?:[a-z]-)?{_GROUPS}")
_NAMED = re.compile(
    r"\b(?:(?:one[- ]time|single[- ]use|texted|verif\w*|login|log-in|sign-?in|access|security)"
    r" (?:code|pass ?word|pass ?code|number|no|nr|pin)s?|clave (?:de un solo uso|temporal|din[aá]mica)|otp|"
    r"(?:texted|recibido|c[oó]digo) (?:number|c[oó]digo|recibido)|c[oó]digo (?:de \w+|que \w+ \w+ \w+(?: el "
    r"cliente)?)|"
    rf"numerito(?: ese)?(?: que \w+)?|"
    r"(?:code|c[oó]digo|clave)(?: just| finally)? (?:came|arrived|popped up|lleg[oó])(?: in| through)?|ya lleg[oó] "
    r"el c[oó]digo|"
    rf"verif code\b[^\n]{{0,12}})[ :.,>=\"-]{{1,14}}{_GROUPS}"
)
_BEHIND = re.compile(
    rf"{_GROUPS}[\"']?(?: from \w+)?[,.;]? (?:\(?(?:for|to|para) (?:sign|log|the hub|smart ?hub|the portal|step two|"
    rf"get(?:ting)? in|"
    r"entrar|iniciar|la entrada)|"
    r"(?:that|this|which|eso|ese)(?:'s| is| was|'s what| es| fue)? (?:what )?(?:from |de )?(?:the text|the co-?op|"
    r"they texted|the code|el c[oó]digo|la cooperativa|el mensaje)|again, that)"
)
_ANSWERED = re.compile(
    r"\b(?:did (?:you|the|a|my|she|he)|have you|has (?:the|a)|got|get|what(?:'s| is| was)|send|need|lleg[oó]|tiene|"
    r"cu[aá]l)"
    r"\b[^?\n]{0,60}\b(?:code|digits|c[oó]digo|text message|d[ií]gitos)\b[^?\n]{0,30}(?:\?|\n)[^\w]{1,12}"
    rf"(?:(?:yes|yep|yeah|sure|ok|okay|s[ií]|here|it'?s|this one|just now|ahorita|ya|es|the|is|de|el)[ "
    rf",:.-]{{1,2}}){{0,4}}"
    rf"{_GROUPS}"
)
_OFFICE = re.compile(
    r"(?i)\b(?:account|acct|meter|ticket|order|outage|case|invoice|confirmation (?:number|no)|reference|ref|payment|"
    r"paid|balance|kwh|kw|watts?|volts?|reading|zip|tracking|work|route|rate|tariff|error|serial|parts?|model|gate|"
    r"wi-?fi|alarm|bank|tax|parcel|survey|promo|coupon|raffle|bingo|lottery|county|area code|phone (?:number|no|#)|"
    r"fax|"
    r"dollars?|bill|usage|member number|members?hip|box|street|road|rd|miles?|feet|acres?|pounds?|bushels?|cuenta|"
    r"medidor|folio|recibo|pago|pesos|saldo|lectura|reporte|orden|factura|gu[ií]a|tarifa|serie|socio|ruta|rifa|"
    r"c[oó]digo postal|port[oó]n|banco|n[uú]mero de|hours?|years?|lbs|tons?|sensor|manual|thermostat|radio|ext|"
    r"channel|"
    r"fault|breaker|inverter|fedex|ups|usps|paquete|flight|song|hymn|psalm|version|parking|"
    r"fallas?|tag|calibra\w*|dia?gnos\w*|letter|carta|visit|appointment|cita)\b"
)
_USED = re.compile(
    r"(?i)\b(?:is my account|not (?:a|the|my) (?:code|pin|password)|no es (?:un )?(?:c[oó]digo|nip)|ya lo us[eé]|"
    r"already used|ignore|by mistake|wasn'?t me|not me)\b"
)
# Where four digits stand close together: nothing else is looked at.
_DIGITS = re.compile(r"\d(?:[ .,-]{0,3}\d){3}")
_BEFORE, _AFTER = 130, 80  # characters beside them that say what they are
# Each pattern, how sure it is by itself, and what a text must say for it.
_TOLD = (
    (_ANSWERED, 1, ("code", "digit", "dígit", "digo", "text mess")),
    (_NAMED, 1, ("code", "digo", "clave", "otp", "numerito", "texted", "one-time", "one time", "single", "login n")),
    (_CAME, 0, ("text", "txt", "code", "digo", "mess", "mensaj", "sms", "shot", "numerito", "says", "reads", "dice",
                "lleg", "ping", "sent", "sends", "mand", "envi", "ya sal")),
    (_NEW, -1, ("expir", "tim", "ran out", "too ", "died", "no good", "dead", "venc", "caduc", "good ", "minut",
                "go go",
                "hurry", "quick", "rápid", "apur", "apúr", "sirve", "ahorita", "right now", " ya", "use it now")),
    (_BEHIND, 0, ("sign", "log", "hub", "portal", "step", "get", "entra", "inici", "text", "co-op", "code", "digo",
                  "coop", "mensaj")),
)  # fmt: skip
_CODES_AT = ("code", "text", "txt", "messag", "sms", "mensaj", "digo", "expir", "venc", "shar", "compart", "otp",
             "sent",
             "step", "entrar", "sign in", "sign on", "log in", "numerito", "clave", "hub", "verif", "died", "one-shot",
             "signing", "logging", "says", "reads", "dice", "lleg", "good one", "new one")  # fmt: skip


def stretches(doc: Doc) -> Iterator[tuple[int, int]]:
    """Give what stands around digits, each part once."""
    first = last = -1
    for match in _DIGITS.finditer(doc.lower):
        if last < 0 or match.start() - _BEFORE > last:
            if last >= 0:
                yield first, last
            first = max(0, match.start() - _BEFORE)
        last = match.end() + _AFTER
    if last >= 0:
        yield first, min(last, len(doc.lower))


def codes(doc: Doc) -> Span | None:
    """`New one: 905 662`, `hers reads 118340 for signing in`, `it said don't share: 4 1 7 7 0 9`."""
    if doc.inlet == "csv_upload" or not doc.says(*_CODES_AT):
        return None
    told = [(pattern, sure) for pattern, sure, needs in _TOLD if doc.says(*needs)]
    for first, last in stretches(doc):
        for pattern, sure in told:
            for match in pattern.finditer(doc.lower, first, last):
                group = next(at for at in range(1, len(match.groups()) + 1) if match[at])
                start, end = match.span(group)
                said = doc.paragraph(start - 90, end + 70, start)
                if not _code(doc.text[start:end]) or doc.near(_OFFICE, *said) or doc.near(_USED, *said):
                    continue
                talk = sum(doc.near(each, *said) for each in (_TIMES_OUT, _SECRET, _SIGNING, _COOP))
                if sure + talk >= (0 if _six(doc.text[start:end]) else 1):
                    return start, end
    return None


def kept_secret(doc: Doc) -> Span | None:
    """Digits of a code beside the warning that came with them: `it said do not share: 609 418`."""
    if doc.inlet in ("csv_upload", "outbound_email") or not doc.says(
        "shar", "compart", "suppos", "told not", "no se lo"
    ):
        return None
    for match in doc.finditer(_SECRET):
        for found in _ALONE.finditer(doc.lower, max(0, match.start() - 60), match.end() + 60):
            said = doc.paragraph(found.start() - 60, found.end() + 60, found.start())
            if _six(found[1]) and _code(found[1]) and not doc.near(_OFFICE, *said):
                return found.span(1)
    return None


_ALONE = re.compile(_GROUPS)


def _six(digits: str) -> bool:
    return sum(map(str.isdigit, digits)) == 6


def _code(digits: str) -> bool:
    return not _DATE.fullmatch(digits) and not _PHONE.fullmatch(digits)


_PORTALS = r"(?:portal|app|web|online|smart ?hub|sh|hub|obec|co-?op|ivr|phone|member|voice|mobile|socio|site)"
_PIN_KEY = re.compile(
    rf"(?<![a-z]){_PORTALS}[ _.-]?(?:pin|nip|passcode|unlock)\d?[\"']?\s?[:=]\s?[\"']?(\d{{4,8}})(?![\w.-])|"
    rf"(?<![a-z])(?:pin|nip|passcode|unlock|unlock4)[ _.-]?{_PORTALS}[\"']?\s?[:=]\s?[\"']?(\d{{4,8}})(?![\w.-])|"
    r"[\"'?&](?:unlock(?:_?code|_?pin|\d)?|app_?(?:code|lock|pin))[\"']?\s?[:=]\s?[\"']?(\d{4,8})(?![\w.-])"
)
_APP = (
    r"(?:(?:the |la |el |her |his |my |mi |our |smart ?hub |obec |co-?op |power )*(?:app|aplicaci[oó]n|portal|page|"
    r"p[aá]gina|phone line|"
    r"voice (?:line|menu)|l[ií]nea|tel[eé]fono de la cooperativa|automated line|recording|grabadora|smart ?hub))"
)
_COUNTED = (
    r"(?:(?:four|five|six|4|5|6|cuatro|cinco|seis)[ -]?(?:numbers?|nos\.?|digits?|n[uú]meros|d[ií]gitos|numeritos|"
    r"figures|"
    r"cifras))"
)
_WANTS = re.compile(
    rf"\b{_APP}(?: then| just| always| me| nos| le| siempre)* (?:takes?|wants?|asks?(?: me| us)?(?: for)?|needs?|"
    r"opens? (?:with|on|to)|unlocks? (?:with|on)|locks?|pide|pregunta|quiere|abre con|se abre con|se desbloquea con)"
    rf"(?: a| un| una| el| la| the| my| mi| unos| los| some)*(?: (?:{_COUNTED}|pin|nip|number|n[uú]mero|passcode|"
    rf"code))?"
    r"[^.\n\d]{0,40}?(?:, | |: ?|= ?)"
    rf"{_GROUPS}"
)
_SKIPS = re.compile(
    r"\b(?:fallback|fall-back|backup (?:number|code|pin)|if you skip (?:that|it)|if (?:the )?(?:face|finger|thumb)\w* "
    r"(?:fails?|doesn't)|si no (?:jala|sirve|agarra) la huella|opens? by (?:face|finger|thumb))\b[^.\n\d]{0,40}"
    rf"(?:, | |: ?|= ?){_GROUPS}"
)
_PIN_IN_GROUPS = re.compile(
    r"\b(?:pin|nip)\b(?! (?:oak|code))(?:[^.\n\d]|\.(?! )){0,60}?(?:, | |: ?|= ?|> ?|# ?)"
    r"(?<![\d.$-])(\d{2}[ -]\d{2}(?:[ -]\d{2})?|\d(?:[ .-]\d){3,7})(?![\w/:-]| \d|[.,]\d)"
)
_NIP_SAYS = re.compile(
    r"\b(?:pin|nip) (?:de|for|of|to|del|on)\b[^\n\d]{0,60}?(?:qued[oó] en|es|is|set to|now|ahora es|it'?s) "
    r"(\d{4,6})(?![\w/:-])|"
    r"\b(?:n[uú]mero secreto|secret number)\b[^.\n\d]{0,50}?(?:es|is|:|=)(?: el)? (\d{4,8})(?![\w/:-]|[.,]\d)"
)
_NOT_PIN = re.compile(
    r"(?i)\b(?:parcel|tax|assessor|property|predial|survey|corner|oak|bowling|hitch|cotter|bank|debit|card|atm|postal|"
    r"alarm|gate|door|wi-?fi|radio|thermostat|error|meter|account|acct|zip|cuenta|medidor|port[oó]n|banco|tarjeta|"
    r"chapa|alarma|printer|fax|sim|version|outage|ticket|code page|to report|to reach|to call|kwh|bill|recibo|"
    r"number to|press|oprima|marque|dollars|pesos|minutes|minutos|tv|cable|map|connector|plug|keypad|lock ?box|tag)\b"
)
_OF_PINS = (
    (_WANTS, ("app", "aplica", "portal", "page", "página", "line", "línea", "menu", "record", "grabad", "hub")),
    (_SKIPS, ("fallback", "fall-back", "backup", "skip", "if ", "si no", "open")),
    (_PIN_IN_GROUPS, ("pin", "nip")),
    (_NIP_SAYS, ("pin", "nip", "secret")),
)


def pins(doc: Doc) -> Span | None:
    """`portalpin=3141`, `the app wants four numbers, 0512`, `Member PIN (online): 90-21`."""
    if not doc.says("pin", "nip", "unlock", "app", "secret", "passcode", "line", "fallback", "línea", "portal", "skip",
                    "hub", "if the"):  # fmt: skip
        return None
    if doc.says("pin", "nip", "unlock", "passcode", "app_"):
        for match in _PIN_KEY.finditer(doc.lower):
            if not doc.near(_NOT_PIN, match.start() - 20, match.start()):
                return match.span()
    if doc.inlet == "csv_upload":
        return None
    told = [pattern for pattern, needs in _OF_PINS if doc.says(*needs)]
    for first, last in stretches(doc) if told else ():
        for pattern in told:
            for match in pattern.finditer(doc.lower, first, last):
                said = doc.paragraph(match.start() - 40, match.end() + 40, match.start())
                if not doc.near(_NOT_PIN, *said):
                    return match.span()
    return None
