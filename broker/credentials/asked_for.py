"""Texts that ask for what signs somebody in, and name it by what it does: the mail that resets, the digits that came,
the picture of a setup page, what is typed; or for a seat at the table (rules).
"""

import re

from broker.credentials.nearby import around, within
from broker.credentials.tokens import Doc

Span = tuple[int, int]

LONGEST = 4_000  # characters of a message; in letters and reports the rules before it look for asks

_OURS = frozenset({"outbound_email", "nectar_call", "pdf_upload"})
_TOLD = _OURS | {"admin_note", "api_json", "url_param"}  # what staff writes down for itself, or a program for us
_GIVE = (
    r"(?:(?:please |kindly |just |simply |then )?(?:send|forward|fwd|mail|e-?mail|text|txt|read|tell|give|share|copy|"
    r"paste|attach|upload|"
    r"reply|respond|answer|write|say|speak|dictate|relay|pass|hand|get|photograph|snap|print|show|supply|provide|"
    r"export|"
    r"include|confirm|spell|shoot|drop|note)|"
    r"(?:we|i)(?:'ll| will| also| still| just| now)* (?:need|require|want|are waiting for|await)|may (?:we|i) have|"
    r"let (?:us|me) (?:have|know)|"
    r"(?:re)?env[ií](?!ad)\w+|m[aá]nd\w+|d[ií]ga\w*|d[ií]me|d[ií]nos|p[aá]s(?:e|a)\w*|cont[eé]st\w+|resp[oó]nd\w+|"
    r"d[ií]ct\w+|adjunt\w+|"
    r"compart\w+|comp[aá]rt\w+|indi(?:que|car)\w*|copi\w+|c[oó]pi\w+|ll[eé]n\w+|escr[ií]b\w*(?:nos|me)\w*|l[eé]an\w*|"
    r"d[eé]nos|me (?:das|regalas|prestas|pasas|mandas))"
)
_TO_US = (
    r"(?:(?:to |back to |over to |with |for )?(?:us|me)\b|here\b|back\b|over\b|by return|on our (?:voice ?mail|line|"
    r"machine)|to the broker|aqu[ií]|por "
    r"aqu[ií]|nos\b|"
    r"(?:env[ií]|m[aá]nd|reenv[ií]|p[aá]s|d[ií]ga|d[ií]cte|d[eé]|copie|comp[aá]rta|cont[eé]ste|resp[oó]nda|"
    r"adjunte)\w*(?:nos|me)\w*|con nosotros|please)"
)
# The mail, the text, the page that lets in or sets a new password.
_LETTER = (
    r"(?:(?:(?:pass ?word )?(?:reset|recovery|activation|magic|sign-?in|log-?in|set-?up|invitation|verification|"
    r"confirmation)|"
    r"change[- ]?(?:your |the |of )?pass ?word)[ -]?(?:e-?mail|mail|link|message|notice|text|button|letter|url|"
    r"address|page)s?|"
    r"(?:the |that |any )?(?:link|e-?mail|mail|message|address|text)s? (?:titled|called|named|headed|to|for|from|"
    r"that (?:lets|sets)) [^.\n]{0,30}?"
    r"(?:new pass ?word|pass ?word reset|reset\w*|choose|set a new|sign you in)[^.\n]{0,16}|"
    r"(?:enlace|liga|correo|mensaje|link|aviso) (?:de |para |que )[^.\n]{0,40}?(?:restablec\w+|recuper\w+|activa\w+|"
    r"cambi\w+|nueva (?:clave|"
    r"contrase[nñ]a)))"
)
_FORWARD = re.compile(
    rf"\b(?:forward|fwd|hand|copy|mail|send|pass|paste|re-?send|reenv[ií]\w*|env[ií]\w+|m[aá]nd\w+|p[aá]s(?:e|a)\w*|"
    rf"c[oó]pi\w+)\b[^.\n]{{0,50}}?\b{_LETTER}"
    rf"[^\n]{{0,80}}|"
    rf"\b{_LETTER}[^\n]{{0,110}}?\b(?:forward|fwd|reenv[ií]\w*|(?:copy|send|mail|hand|"
    rf"pass)\b[^.\n]{{0,20}}?\b(?:over|us|me|to us|here)|m[aá]nd\w*nos\w*|"
    rf"env[ií]\w*nos\w*|p[aá]se\w*nos\w*)\b"
)
# The digits that came.
_DIGITS = (
    r"(?:(?:one[- ]time |verification |security |access |sign-?in |log-?in |text |texted |sms |mfa |smart ?hub "
    r")?(?:codes?|token)|"
    r"(?:six|6|four|4|eight)[- ]?(?:digits?|figures?|numbers?)(?: code)?|digits|(?:texted )?numbers?|figures|line of "
    r"(?:letters|numbers|digits)|"
    r"(?:c[oó]digos?|n[uú]meros?|d[ií]gitos|cifras|numerito)(?: de (?:\w+ )?(?:seis|6|verificaci[oó]n|acceso)(?: "
    r"(?:cifras|d[ií]gitos|n[uú]meros))?)?)"
)
_CAME = (
    r"(?:(?:the |your )?(?:co-?op|smart ?hub|portal|obec|utility|it|they|phone|authenticator)(?:'s)?(?: has| have| "
    r"will| just| then)* (?:just )?(?:texts?|texted|sends?|"
    r"sent|shows?|showed|e-?mailed|gives?|gave|pushed|display\w*|reads?)|(?:you|she|he|they|member|customer|mrs?\.? "
    r"\w+)(?: just| have| has| will)* "
    r"(?:gets?|got|receives?|received|see|sees)|(?:as (?:it|they) (?:comes?|arrives?)|when (?:it|they) (?:comes?|"
    r"arrives?)|that (?:just )?(?:came|comes|arrives?|arrived))|"
    r"(?:que )?(?:acab\w+ de |le |les |te ){1,3}(?:lleg\w+|mand\w+|envi\w+|apare\w+|recib\w+)|(?:que )?(?:lleg[oó]|"
    r"llegue|recib\w+|mand[oó])|llegar[aá])"
)
_ASKS_DIGITS = re.compile(
    rf"\b{_GIVE}\b[^.\n]{{0,60}}?\b{_DIGITS}\b[^.\n]{{0,40}}?\b{_CAME}\b|"
    rf"\b{_CAME}\b[^\n]{{0,40}}?\b{_DIGITS}\b[^\n]{{0,50}}?[.;,:?!] ?(?:¿?verdad\? ?)?(?:please |por favor,? "
    rf")?(?:{_GIVE})\b[^.\n]{{0,40}}?"
    rf"\b(?:it|them|that|those|{_DIGITS}|lo|los)\b|"
    rf"\b(?:text|send|e-?mail|mand\w+|envi\w+)(?:s|ing)? (?:you|le|te) (?:a |an |un |los "
    rf")?{_DIGITS}\b[^\n]{{0,40}}?[.;,:!] (?:when (?:it|they) (?:comes?|arrives?),? )?(?:please )?"
    rf"(?:send|forward|text|read|tell|give|share|pass|m[aá]nd\w+|env[ií]\w+|d[ií]ga\w*) (?:it|them|that|us|me)\b|"
    rf"\b{_DIGITS} {_CAME}[^\n]{{0,50}}?[.;,:!] ?(?:{_GIVE})\b[^.\n]{{0,40}}?\b(?:it|them|that|those|[eé]l|lo|los)\b|"
    r"\b(?:relay|read out|hand over|pass on) (?:each|every|any|all) (?:text |texted |sms )?(?:codes?|numbers?)\b|"
    r"\b(?:speak|say|key in|type|enter)(?: or (?:speak|say|key in|key|type))? your (?:one-?time|texted|sms|online|"
    r"web|portal) (?:code|pass ?word|pin)\b|"
    r"\b(?:enter|type|give|send) the (?:code|digits|number) the (?:member|customer|client) (?:received|got)\b|"
    rf"\b(?:{_GIVE}|would|could|can|possible)\b[^.\n]{{0,30}}?\b(?:screen ?shot|picture|photo|captura|foto) (?:of|de|"
    rf"del)[^.\n]{{0,30}}?\b(?:set-?up (?:square|code|page|key)|qr|square|code|c[oó]digo|saved pass ?words|"
    r"pass ?words? page|papelito|authenticator)\b"
)
# What is typed, by whatever name; of a customer, in what we send.
_WORD = (
    r"(?:(?:(?:web|online|portal|smart ?hub|co-?op|utility|power|electric) )?(?:pass ?words?|pass ?codes?|pins?|log[ "
    r"-]?ins?|log-?ons?|sign-?ons?|sign-?ins?|"
    r"portal (?:word|info|details|pin))|portal (?:word|info|details)|(?:su|tu|la|el|sus) (?:[\w ]{1,12} "
    r")?(?:contrase[nñ]a|clave|acceso|usuario y \w+)|"
    r"how (?:you|he|she|they|the \w+) (?:signs?|logs?|gets?) (?:on|in)|what (?:you|he|she|your \w+|they)(?: would| "
    r"do| does)? (?:types?|puts?|enters?|keys?)|"
    r"con qu[eé] (?:datos|usuario|clave|palabra)|qu[eé] (?:teclea|pone|escribe)|c[oó]mo entra|both (?:lines|parts|"
    r"boxes)|ambas? (?:l[ií]neas|casillas))"
)
# Spanish puts who gets it behind the word: mándenos, pásemela, ¿me regalas?
_GIVE_US = (
    r"(?:(?:(?:re)?env[ií][ea]|m[aá]nd[ea]|p[aá]s[ea]|d[ií]ga|d[ií]|d[ií]cte|d[ií]cta|d[eé]|comp[aá]rta|comp[aá]rte|"
    r"conf[ií]rme|escr[ií]ba|"
    r"ind[ií]que|fac[ií]lite|proporci[oó]ne|reg[aá]le|pr[eé]ste|enviar|mandar|pasar|dar|decir|compartir|indicar|"
    r"dictar|proporcionar)"
    r"(?:nos|me)(?:l[ao]s?)?|me (?:das|regalas|prestas|pasas|mandas|dices|da|pasa|manda|dice|presta)"
    r"(?! que (?:la|el|su|mi|tu|no|ya)\b))"
)
# Somebody here is asked for another's.
_ASKS_HERE = re.compile(
    rf"\b(?:(?:can|could|would|will) (?:you|somebody|someone|anyone|one of you)\b[^.?\n]{{0,30}}?\b(?:pass along|"
    rf"tell|give|send|share|look up|dig up|find|"
    rf"e-?mail|text|read|say|get)|trouble you for|(?:somebody|someone|one of you)\b[^.?\n]{{0,40}}?\b(?:get|send|"
    rf"give|tell|share[sd]?)\b)[^.?\n]{{0,50}}?\b{_WORD}\b"
)
_ASKS_MEMBER = re.compile(rf"\b{_GIVE}\b[^.\n]{{0,60}}?\b{_WORD}\b[^.\n]{{0,60}}?\?")
_ASKS_WORD = re.compile(
    rf"\b{_GIVE}\b[^.\n]{{0,60}}?\b{_WORD}\b[^.\n]{{0,60}}?\b{_TO_US}|"
    rf"\b(?:send|tell|give|say|e-?mail|forward|pass|mand\w+|m[aá]nd\w+|d[ií]ga\w*|p[aá]s(?:e|a)\w*|comp[aá]rt\w+|"
    rf"d[eé]|env[ií]\w+)\b[^.\n]{{0,12}}?\b{_TO_US}[^.\n]{{0,60}}?\b{_WORD}\b|"
    rf"\b{_WORD}\b[^.\n]{{0,60}}?[,;.?!] (?:please |just |then |por favor )?(?:send|e-?mail|tell|give|forward|copy|"
    rf"write|text|say|print|m[aá]nde\w*|d[ií]ga\w*|p[aá]se\w*) "
    rf"(?:it|them|that|both|those)\b[^.\n]{{0,20}}?(?:\b{_TO_US}|again|here|over|: ?_{{3,}})"
)
_ASKS_NOS = re.compile(
    rf"\b{_GIVE_US}\b[^.\n]{{0,50}}?\b(?:{_WORD}|{_DIGITS} {_CAME}|c[oó]digo)\b|"
    rf"\b(?:ll[eé]n\w+|fill (?:in|out)|complete) [^.\n]{{0,80}}?\b(?:your|su|tu) (?:\w+ )?(?:pass ?word|pin|"
    rf"contrase[nñ]a|clave)\b|"
    r"\b(?:escriba|env[ií]e|write|send|give)\b[^.\n]{0,30}?\b(?:pregunta y (?:la |su )?respuesta|question and (?:the "
    r"|its |your )?answer)\b"
)
_ANEW = re.compile(
    r"\b(?:your|su|the|her|his|member'?s) (?:\w+ )?(?:pass ?word|pass ?code|pin|log-?in|contrase[nñ]a|clave|"
    r"nip)\b[^\n]{0,60}?[.;,!] ?"
    r"(?:please )?(?:what(?:'s| is) (?:the|your) (?:new|right|correct|current|latest) (?:one|word)|(?:send|tell|give|"
    r"e-?mail|text|print|write|say)\b[^.\n]{0,14}"
    r"\b(?:the (?:new|right|correct|current) one|it again|them again)|(?:m[aá]nde|env[ií]e|d[ií]ga|p[aá]se|"
    r"d[eé])(?:nos|me) la (?:nueva|buena|correcta|actual))"
)
_SPOKEN_WORD = re.compile(
    r"\bwhat (?:do|does|would|did|was|is) (?:you|she|he|they|your \w+|typed|put)\b[^.?\n]{0,50}?\b(?:(?:type|put|"
    r"enter|key)d?(?: in)? (?:after|next|there|below|in the)|in the (?:lower|second|other|"
    r"bottom|password) (?:box|field|line))[^?\n]{0,60}|"
    r"\bwhat was typed in the (?:lower|second|other|bottom) (?:box|field|line)|"
    r"\b(?:con qu[eé] (?:datos|usuario|palabra|clave)[^.?\n]{0,30}?(?:accede|entra|ve |abre)\w*|qu[eé] (?:teclea|"
    r"pone|escribe) (?:despu[eé]s|luego|abajo))|"
    r"\bwhat (?:is|'s) (?:written|printed) on (?:that|the|your) (?:card|note|slip|"
    r"sticky)\b[^?\n]{0,60}\?[^\n]{0,20}\b(?:copy|send|read|tell)\b"
)
_QUESTIONS = re.compile(
    r"\b(?:what (?:was|is)|which (?:was|is)|c[oó]mo se llama(?:ba)?|cu[aá]l (?:es|era|fue)|en qu[eé] \w+) (?:your |"
    r"the (?:name of your )?|su |el |la |tu )?"
    r"[^.?\n]{0,50}?\b(?:mascot|school|street|pet|maiden|born|teacher|nickname|escuela|mascota|calle|soltera|"
    r"naci[oó]|maestr[oa]|apodo)\b[^.?\n]{0,60}?"
    r"[?,][^\n]{0,20}?\b(?:the one )?(?:(?:the )?(?:utility|co-?op|portal|smart ?hub)(?:'s)?(?: page| site)? "
    r"(?:asks?|wants?|checks?)|(?:es )?lo que pregunta\w*|que pregunta\w*|la (?:p[aá]gina|cooperativa|"
    r"compa[nñ][ií]a) (?:nos |se )?(?:l[ao] )?(?:pide|pregunta))|"
    r"\b(?:answer|respuesta) (?:to|a) (?:the |your |su |la )?(?:co-?op'?s?|portal'?s?|utility'?s?|smart ?hub'?s?) "
    r"(?:reset|security|secret|backup|recovery) question\b"
)
# A seat beside the customer, asked for; a session kept open for us; codes that are to come to us.
_SEAT = re.compile(
    r"\b(?:create|set up|make|open|add|agreg\w+|a[nñ]ad\w+|cre[ea]\w*)\b[^.?\n]{0,30}?\b(?:log-?in|user|sign-?in|"
    r"usuario|seat|profile)\b[^.?\n]{0,40}?\b(?:for (?:us|our|the broker)|under your|"
    r"en su cuenta|para nosotros|on your (?:utility|co-?op|smart ?hub|portal))\b|"
    r"\bagreg(?:arnos|uenos|ar a nosotros)\b[^.?\n]{0,20}?\busuari[oa]\b|"
    r"\bshare with us the (?:same )?(?:access|log-?in)\b|\bcomparta con nosotros el (?:mismo )?acceso\b|"
    r"\b(?:leave|keep)\b[^.\n]{0,30}?\b(?:page|portal|smart ?hub|account|session)\b[^.\n]{0,20}?\b(?:signed|logged) "
    r"in\b[^\n]{0,40}?\b(?:our|we|us)\b|"
    r"\b(?:the )?(?:mobile|phone|number|cell|e-?mail)\b[^.?\n]{0,20}?\b(?:you get|for|that gets) (?:the )?(?:codes?|"
    r"texts)\b[^.?\n]{0,30}?\b(?:to be |be )?(?:switched|changed|set|moved) to ours\b|"
    r"\b(?:stay|keep me|remain) (?:signed|logged) in\b[^.\n]{0,50}?\b(?:let|our|hand|leave)\b|\bexport (?:your|the) "
    r"cookies\b|\bpress (?:approve|allow|yes)\b[^.\n]{0,30}?\b(?:our|we)\b"
)
_KEYS = re.compile(
    r"(?:^|[\"'?&])(?:prompt|prompt_?for|ask|ask_?for|request|collect|collect_?from|need|needs|instruccion|"
    r"instruction|"
    r"pedir|step|ivr)[\"']?\s?[:=]\s?[\"']?"
    r"(?:[^\"'&\n]{0,60}?\b)?(?:(?:portal|utility|web|smart ?hub|member|online)?[_ +-]?(?:pass(?:word)?|passwd|pin|"
    r"pw|nip|contrase[nñ]a|clave)\b|(?:one-?time |sms|otp|mfa|texted )[_ ]?code\b|"
    r"customer[\"'][^\n]{0,30}(?:sms|otp|code))|"
    r"\bget /vault\?[^\n]{0,30}pass"
)
_NO = re.compile(
    r"\b(?:never|did (?:anyone|anybody|someone|somebody|he|she|they) ask|come from us|if you already|"
    r"a new (?:pass|pin|log|code)|(?:clave|contrase[nñ]a) no|solo el usuario|"
    r"no me l[ao]|borr\w+|ofreci\w+|dijimos que no|"
    r"no (?:user|pass|pin|code|log|thank)\w*|did you (?:give|share|tell)|on the (?:bill|meter)|n[uú]mero "
    r"de cuenta|your (?:form|site|page)|refused|dial|wants? to give|wanted to|tried to|not (?:send|share|give|tell|"
    r"forward|ask|need|want|include|write|read|text|reply|have to|required|necessary|e-?mail)|(?:do|does|did|will|"
    r"would|should|must|can|could)(?: not|n't)"
    r"(?! (?:verify|read|get|find|open|see|sign|reach|finish|take|click|log|confirm))(?! use it)(?! open it)|cannot "
    r"(?:ask|take|accept|use|read)|can't (?:ask|take|accept|use)|don'?t (?:send|share|give|tell|forward|ask|need|"
    r"want|include|write|read|text|reply|e-?mail|"
    r"paste|put|have|say|let|use|bother|store|keep)|no need|nobody|no one|none|nor|neither|refuse\w*|declin\w+|"
    r"(?:don'?t|do not|never) [^.\n]{1,50}\b(?:or|nor) (?:send|share|give|tell|forward|read|text|write)|"
    r"instead of|rather than|without (?:your|a|the|any|sharing|sending)|"
    r"if (?:anything|any|anyone|anybody|someone|somebody|we|they|a caller|it|he|she|any|he or she|you ever|ever)\b|"
    r"whoever (?:asks|calls|wants|claims|says)|anyone who|scam\w*|phish\w*|fraud\w*|beware|report|policy|prohibit\w*|"
    r"forbid\w*|may not|must not|"
    r"nunca|jam[aá]s|nadie|ning[uú]n\w*|tampoco|no (?:env[ií]e|mande|comparta|d[eé]|"
    r"diga|escriba|necesit\w+|pedimos|pida\w*|queremos|hace|es|incluya|responda|dicte|conteste|usamos)\b|"
    r"sin (?:su|la|que|pedir|compartir)|ni |si alguien|si le piden|en vez de|broker\.example|our (?:own )?(?:page|"
    r"site|form|letter|link)|nuestr[ao] (?:p[aá]gina|carta|enlace|sitio)|we (?:just )?(?:sent|e-?mailed|mailed|"
    r"texted|send|"
    r"text) you|le (?:enviamos|mandamos)|yourself|usted mism[ao]|your own|keep (?:it|them|your)|leave "
    r"[^.\n]{0,30}blank|for your eyes|stays? (?:yours|with)|shred|delete|block(?:ed|s)?|stops?|account number|"
    r"the (?:co-?op|office) (?:can|will)|call the co-?op|ask the co-?op|la cooperativa (?:se|le) )"
)


_NO_BEFORE = re.compile(r"\b(?:no (?:nos|me|le|les|lo|la|los|las|se))\b")


def asks_for(doc: Doc) -> Span | None:
    """`Forward the reset mail to us`, `dígame los números que le llegaron`, `what is the new one?`."""
    if len(doc.text) > LONGEST:
        return None
    if doc.inlet in _PROGRAMS and doc.says(*_OF_KEYS):
        for match in _KEYS.finditer(doc.lower):
            if not _NO.search(doc.lower, max(0, match.start() - 40), match.end() + 30):
                return match.span()
    ours = doc.inlet in _OURS
    if not ours and doc.inlet not in _TOLD and _INBOUND.search(doc.lower) is None:
        return None
    said = frozenset(doc.which(_ASKED_WITH))
    for pattern, parts, before, after, inlets in _ASKS:
        if said.isdisjoint(parts) or (inlets is not None and doc.inlet not in inlets):
            continue
        for match in within(doc, pattern, around(doc, parts, before, after)):
            first, last = _said(doc, match.start(), match.end())
            mine = pattern is not _QUESTIONS and _MINE.search(doc.lower, first, match.end())
            if mine or _NO.search(doc.lower, first, last) or _NO_BEFORE.search(doc.lower, first, match.end()):
                continue
            if (inlets is not None and inlets is not _INBOUND_ONLY) or ours or _INBOUND.search(doc.lower, first, last):
                return match.span()
    return None


_PROGRAMS = frozenset({"api_json", "nectar_call", "url_param"})
_OF_KEYS = ("prompt", "ask", "collect", "need", "instruc", "vault", "ivr", "request", "pedir", "step")


def _said(doc: Doc, start: int, end: int) -> Span:
    head = max(doc.lower.rfind(sign, max(0, start - 100), start) for sign in (". ", "\n", "! ", "? "))
    tails = [at for sign in (". ", ".\n", "\n\n") if (at := doc.lower.find(sign, end, end + 60)) >= 0]
    return max(head, start - 100, 0), min(tails, default=min(len(doc.lower), end + 60))


# In what comes to us it must be asked of somebody here, of another's login.
_INBOUND = re.compile(
    r"\b(?:somebody|someone|one of you|your (?:team|office|people|desk|place)|(?:her|his|their|my neighbor'?s|mom'?s|"
    r"dad'?s|member'?s|tenant'?s|[a-z]+s') |previous tenant|the [A-Z]?\w+s (?:sign|log)|forward (?:us|it to me|to me)|"
    r"tu clave|tu contrase)"
)
_MINE = re.compile(
    r"\b(?:i (?:can|will|could|would|may|shall|'ll)|i'll|i'd|should i|do i|can i|shall i|may i|let me (?:send|give)|"
    r"we can (?:send|give|forward)|les (?:mando|paso|env[ií]o)|le (?:mando|paso|env[ií]o|digo)|"
    r"(?:co-?op|they|clerk|caller|page|site|portal|app|smart ?hub|it|he|she|p[aá]gina|cooperativa) (?:keeps? |always "
    r"|still )?(?:asks?|asked|wants?|wanted|says?|said|told|tells|pide|pidi[oó]|dice|dijo))\b"
)
_INBOUND_ONLY = frozenset({"web_form", "email_reply"})
_WORDS = ("password", "pass word", "passcode", "passwd", " pin", "login", "log in", "log-in", "log on", "log-on",
          "logon",
          "sign on", "sign in", "sign-", "portal word", "portal info", "portal det", "contrase", "clave", "acceso",
          "usuario y", " nip")  # fmt: skip
# Around which words each is worth trying, how far, and where it comes in; None is everywhere.
_ASKS = (
    (_FORWARD, ("forward", "fwd", "reset", "recover", "activat", "magic", "restablec", "recuper", "cambi",
                "new password",
                "change"), 160, 160, None),
    (_ASKS_DIGITS, ("code", "digit", "dígit", "figures", " numbers", "texted num", "código", "codigo", "números",
                    "numeros", "el número", "cifras", "numerito", "token", "line of", "square", "saved pass",
                    "papelito", "captura"), 130, 130, None),
    (_ASKS_WORD, (*_WORDS, "what you", "what he", "what she", "how you", "how he", "how she", "how they", "how the",
                  "con qu", "qué tecl", "qué pone", "qué escr", "cómo entra", "both ", "ambas "), 110, 130, None),
    (_ASKS_NOS, (*_WORDS, "código", "codigo", "números", "numeros", "cifras", "pregunta y",
                          "question and"), 120, 80, None),
    (_ASKS_HERE, (*_WORDS, "how you", "how he", "how she", "how they", "how the"), 120, 60, _INBOUND_ONLY),
    (_ASKS_MEMBER, (*_WORDS, "what you", "what he", "what she", "how you", "how he", "how she", "con qu", "qué tecl",
                    "qué pone", "qué escr", "both ", "ambas "), 110, 130, _OURS),
    (_ANEW, _WORDS, 40, 160, None),
    (_SPOKEN_WORD, ("what ", "con qu", "qué "), 5, 180, _TOLD),
    (_QUESTIONS, ("asks", "wants", "checks", "pregunta", "question"), 180, 40, _TOLD),
    (_SEAT, ("log", "user", "sign", "usuari", "seat", "profile", "acces", "codes", "texts", "cookies",
             "press "), 90, 130,
     _TOLD),
)  # fmt: skip
_ASKED_WITH = tuple(dict.fromkeys(part for _, parts, *_ in _ASKS for part in parts))
