"""Texts that ask for a login by another name: what you type, the digits, the link, a seat, a screen (rules)."""

import re

from broker.credentials.asking import PURPOSE
from broker.credentials.tokens import Doc
from broker.credentials.views import View

Span = tuple[int, int]

_OURS = frozenset({"outbound_email", "api_json", "nectar_call"})
_PROGRAMS = frozenset({"api_json", "nectar_call"})
_GIVE = (
    r"(?:send|share|give|tell|text|txt|read|forward|fwd|hand|paste|copy|spell|dictate|take a (?:photo|"
    r"picture)|"
    r"photograph|screenshot|write|jot|include|reply|spare|let (?:me|us) (?:have|know|in|borrow)|(?:we|"
    r"i)(?:'d| also| still| only| just)? need|"
    r"d[ií]g\w+|d[ií]ct\w+|mand\w+|m[aá]nd\w+|env[ií]\w+|p[aá]s[ae]\w*|ap[uú]nt\w+|copi\w+|respond\w+|resp[oó]nd\w+|"
    r"p[eé]g\w+|ens[eé]ñ\w+|contest\w+)"
)
_THING = (
    r"(?:what(?:ever)? (?:you|she|he|they) (?:type|use|put|key|enter|punch)\w*|how you (?:get|sign|log) (?:in|on)|"
    r"lo que (?:teclea|pone|usa|escribe)|"
    r"(?:log-?on|log-?in|sign-?in|portal|web|smart ?hub|site|online) (?:details|data|creds?|password|pw|word|key|"
    r"phrase|id and)|(?:portal|web|smart ?hub) (?:login|user and)|(?:second|other|dotted|bottom|password) (?:box|"
    r"one|line|field)|"
    r"(?:six|6|four|eight)(?:[- ]digit| digits| numbers| nos)|digits|(?:emergency|recovery|backup|printed|respaldo) "
    r"codes?|the codes? (?:when|as soon|once|that|it)|c[oó]digo (?:en cuanto|cuando|que)|esos n[uú]meros|"
    r"log-?on details|palabra (?:secreta|con la que|clave)|index card|sticky note|the (?:passcode|passphrase|password)|"
    r"your pass ?(?:code|phrase|word)|(?:user|login)(?:/| \+ | and | & |\+)(?:pw|pass|password)|usuario y contra\w*|"
    r"token|session (?:row|key|id|value)|cookie|first school|mother was born|maiden name|security answers?)"
)
_ASKS = re.compile(rf"\b{_GIVE}\b[^.?!\n]{{0,70}}?\b{_THING}")
_ASKED = re.compile(
    rf"\b{_THING}\b[^.?!\n]{{0,60}}?(?:\?|\b(?:{_GIVE})\b (?:it|them|that|those|us|me|here|los?|las?|aqu[ií])|"
    rf"\bp(?:ls|lz|lease)\b)"
)
_WHAT_IS = re.compile(
    r"\bwhat(?:'s| is| was) (?:your|ur|her|his|their|(?:the |\w+\.? )?\w+'s)\b[^.?!\n]{0,25}\b(?:pin|pass ?word|"
    r"pass ?code|login|log-?in|(?:smart ?)?hub word)\b[^.?!\n]{0,20}\?|"
    r"\bwhat do you (?:type|put|enter|key)\b[^?\n]{0,60}\?|"
    r"\bwhat(?:'s| is| was) (?:mrs?|ms|miss|dr)?\.? ?\w+'?s? (?:\w+ )?(?:pass ?word|pass ?code|log-?in|"
    r"pin)\b[^?\n]{0,40}\bfor the "
    r"(?:electric|power|co-?op|portal|web|light)|"
    r"\bme (?:pasan?|dan?|das|mandan?|mandas|env[ií]an?|prestan?|comparten?)\b[^.?\n]{0,40}\b(?:contrase[nñ]as?|"
    r"claves?|"
    r"usuarios?)\b[^?\n]{0,80}\?|\bcon qu[eé] (?:palabra |clave |contrase[nñ]a |datos |usuario |nombre )?(?:entran?|"
    r"accede\w*|"
    r"abren?)\b[^?\n]{0,60}|"
    r"qu[eé] (?:pone|teclea|escribe) (?:primero|usted|para)|which answer did you give|"
    r"c[oó]mo le hace (?:usted )?(?:cuando|para) (?:quiere )?(?:ver|entrar)"
)
_LINK = re.compile(
    r"\b(?:reset|sign[ -]?in|log[ -]?in|confirmation|recovery|magic|activation)[ -](?:message|mail|e-?mail|link|"
    r"text|button)"
    r"[^\n]{0,90}\b(?:forward|hand|send|fwd|pass)\b|\b(?:forward|hand (?:it|the|that)|fwd)\b[^.\n]{0,60}\b(?:reset|"
    r"sign[ -]?in|"
    r"log[ -]?in|recovery|magic) (?:message|mail|e-?mail|link)|"
    r"\bsign in to [^\n]{0,40}\b(?:hand|forward|send)\b[^.\n]{0,20}\b(?:mail|it|message)\b"
)
_SEAT = re.compile(
    r"\b(?:add|enter|put|include|invite|set up|agreg\w+|d[eé] de alta|"
    r"a[ñn]ad\w+)\b[^.\n]{0,60}@[\w.-]+[^.\n]{0,60}\b(?:user|"
    r"permissions?|rights|access|member|usuario|permisos)\b|"
    r"\b(?:manage )?(?:additional|extra|second|guest|authorized|delegate) users?\b[^.\n]{0,50}\b(?:enter|add|put|"
    r"invite)\b[^\n]{0,60}@"
)
_SCREEN = re.compile(
    r"\blet us (?:in|into|look around|poke around|have a look)\b[^.\n]{0,40}\b(?:smart ?hub|portal|account|minutes)\b|"
    r"\b(?:two|same|both|those) (?:\w+ )?(?:things|words|boxes|lines)\b[^.\n]{0,20}\byou (?:type|put|enter)\b|"
    r"\bdar(?:nos|me)? (?:el )?acceso a (?:su|tu) (?:cuenta|portal|smart ?hub)\b|"
    r"\b(?:have|leave|keep|stay|open|log(?:ged)?|sign(?:ed)?)\b[^.\n]{0,50}\b(?:portal|smart ?hub|account|"
    r"session|sign(?:ed)?[ -]in|"
    r"log(?:ged)?[ -]in)\b[^.\n]{0,60}\b(?:alone with|leave me|hand (?:me|us)|control|share (?:your|the) screen|"
    r"take over)\b|"
    r"\b(?:abre|abra|deje|d[eé]jenos|deja)\b[^.\n]{0,60}\b(?:sesi[oó]n|cuenta|smart ?hub|"
    r"portal)\b[^.\n]{0,60}\b(?:control|"
    r"pantalla|nosotros|me deja|adentro)\b|d[eé]jenos la (?:tableta|computadora|laptop)"
)
_FORM = re.compile(
    r"\b(?:portal|smart ?hub|web|matching web|its matching web|online|sitio)\b[ -]?(?:account )?(?:pass ?word|"
    r"pass|pw|pin|"
    r"contrase[nñ]a|clave|user (?:and|&) pass\w*)\b\W{0,6}_{3,}"
)
_KEYS = re.compile(
    r"(?:fields?|needs?|required|missing|ask(?:_for)?|faltan?|requiere|prompt\w*|campos|collect)\W{1,6}[^\n]{0,80}"
    r"(?:portal|smart ?hub|web|user|utility|member)[_ -]?(?:pass ?word|passwd|pass|pin|pw|secret|contrase[nñ]a|"
    r"clave)\b|"
    r"type: password\b[^\n]*\n?[^\n]{0,10}label: [^\n]{0,40}(?:pass ?word|contrase[nñ]a|pin)|"
    r"label: your (?:\w+ )?(?:smart ?hub|portal|co-?op) pass ?word"
)
_TERSE = re.compile(
    r"^\W*(?:¿ ?)?(?:log-?in|user(?:name)?|usuario|id)\s?(?:\+|&|/|and|y)\s?(?:pw|pass(?:word)?|"
    r"contra(?:se[nñ]a)?|clave)\b"
    r"[^\n]{0,12}\?|^\W*(?:please |then |pls |plz |just )?ask (?:for|cust\w*|her|him|them|mbr|member)\b"
    r"[^.\n]{0,20}\b(?:user/pw|login|pw|pass(?:word|"
    r"code)?|code|pin)\b|"
    r"\bp[ií]da(?:le|les|nle)?\b[^.\n]{0,20}\b(?:clave|contrase[nñ]a|c[oó]digo|usuario)|\bpedir(?:le|"
    r"les)\b[^.\n]{0,20}\b(?:clave|"
    r"contrase[nñ]a|c[oó]digo)|\btell me the (?:log-?in|password|pin)\b|"
    r"\bset (?:the|your|its) (?:[\w']+ ){0,2}(?:pass ?word|pin) to (?:some|any)thing\b"
    r"[^.?\n]{0,40}\b(?:let (?:me|us) know|tell (?:me|us)|send (?:me|us)|write (?:me|us))\b|"
    r"^\W*(?:please |then |pls |plz |just )?ask (?:her|him|them|\w+) to (?:text|send|read|tell|give) (?:me|us)\b"
    r"[^.\n]{0,20}\b(?:code|pin|password|digits)"
)
_NEVER = re.compile(r"\b(?:never|not|don'?t|won'?t|nunca|jam[aá]s|no)\b[^.,;:!?\n]{0,30}\Z")
_CHECKLIST = re.compile(r"\bno creds\b|[,:;] (?:portal|smart ?hub|web) creds\b")
_DENIED = re.compile(
    r"\b(?:polic\w+|may not|must not|prohibit\w*|forbid\w*|report|should you|asks? you|asked you|not|never|no|"
    r"nor|don'?t (?:send|share|give|tell|need|want|ask|include|write|put|forward|text)|do not|doesn't|"
    r"didn't|won't|can(?:'t|not)|cannot|without|nunca|jam[aá]s|ni|sin|nadie|nobody|no one|"
    r"tampoco|refuse\w*|instead of|rather than|"
    r"if (?:we|they|it|he|she|any\w*|some\w*)\b|chang(?:e|ed|ing)|reset|cambi\w+|forgot\w*|olvid\w+|whoever|anyone|"
    r"leave (?:it |this )?blank|on the bill|account number|your account|meter|"
    r"you (?:offered|mentioned|said|wrote|proposed|volunteered|were (?:ready|willing)) (?:that |you |were |would |to )|"
    r"(?:started|began|tried|wanted|offered|going|about|ready|willing|happy) to tell|"
    r"someone|scam\w*|phish\w*|fraud|beware|keep (?:it|them|your)|stop|told (?:him|her|them|me)|"
    r"(?:mandan|piden|necesitan|guardan|usan|requieren|almacenan|aceptan) (?:el |la )?(?:usuario|contrase\w+|clave)|"
    r"left [^.\n]{0,20}blank|is it (?:safe|ok\w*)|es seguro|must (?:have|be|contain)|debe (?:tener|llevar)|"
    r"(?:told|asked|tells|asks|asking) (?:a|an|one|some|the|our|two|several) [^.\n]{2,40}? (?:to|for))\b"
)
_OWN = re.compile(
    r"\bbroker\.example|nuestr[ao] (?:p[aá]gina|carta)|le enviamos|"
    r"we (?:\w+ )?(?:send|share|read|store|keep|write|show|tell)|we send a|same e-?mail|"
    r"on file for|"
    r"our (?:own )?(?:page|site|letter|form|e-?mail)|we (?:sent|mailed|texted|e-?mailed)|on your letter|"
    r"visit code|reference"
)
_SENTENCE = re.compile(r"[^.!?\n]++(?:[.!?](?=\S)[^.!?\n]*+)*+[.!?]*+")
_NAMES = re.compile(r"\w+[\"']\s?:")  # what a program calls something
MOST = 400


_CORES = (
    "pass", "pin", "log", "sign", "hub", "portal", "digit", "cod", "clave", "contra", "token", "cookie", "session",
    "sesi", "user", "usuario", "you type", "you use", "box", "maiden", "born", "school", "números", "pw", "creds",
    "teclea", "pone",
    "pantalla", "screen", "index card", "sticky",
)  # fmt: skip
# Others ask in few words only: each has one of these.
_OTHERS = ("?", "ask ", "something", "anything", "pída", "pida", "pedir", "tell me", "usuario")


def asks_around(doc: Doc) -> Span | None:
    """A text that asks for what signs somebody in, by another name, or for a seat beside them."""
    if not doc.says(*_CORES):
        return None
    ours = doc.inlet in _OURS
    blanks = (_FORM, _KEYS) if doc.inlet in _PROGRAMS else (_FORM,) if ours or doc.inlet == "pdf_upload" else ()
    for pattern in blanks:
        for blank in pattern.finditer(doc.lower):
            if not _NEVER.search(doc.lower, max(0, blank.start() - 40), blank.start()):
                return blank.span()
    if doc.says("creds") and (found := _CHECKLIST.search(doc.lower)):
        return found.span()
    if not ours and not doc.says(*_OTHERS):
        return None
    cores = doc.which(_CORES)
    others = doc.which(_OTHERS)
    for count, match in enumerate(_SENTENCE.finditer(doc.lower)):
        if count > MOST:
            return None
        sentence = match[0]
        if len(sentence) < 12 or not any(core in sentence for core in cores):
            continue
        if not ours and not any(core in sentence for core in others):
            continue
        found = _found(sentence, ours=ours)
        if found is None or _NAMES.match(found[0]) is not None:
            continue
        if not _DENIED.search(PURPOSE.sub("", sentence)) and not _OWN.search(sentence):
            return match.start() + found.start(), match.start() + found.end()
    return None


# Each of them has one of these in it.
_IN_TERSE = ("pw", "pass", "contra", "clave", "ask", "píd", "pid", "pedir", "tell me")
_IN_WHAT_IS = ("what", "me ", "con qu", "qué ", "que ", "which answer", "cómo", "como")


def _found(sentence: str, *, ours: bool) -> re.Match[str] | None:
    said = View(sentence)
    if any(part in sentence for part in _IN_TERSE) and (found := said.search(_TERSE)):
        return found
    if any(part in sentence for part in _IN_WHAT_IS) and (found := said.search(_WHAT_IS)):
        return found
    if ours:
        for pattern in (_ASKS, _ASKED, _LINK, _SEAT, _SCREEN):
            if found := said.search(pattern):
                return found
    return None
