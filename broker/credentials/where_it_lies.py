"""A login that is not said but shown: where it is written, who will tell it, by which mail it comes (rules)."""

import re

from broker.credentials.nearby import around, sentence, within
from broker.credentials.tokens import Doc

Span = tuple[int, int]

_OWNER = r"(?:my|our|her|his|their|the|mi|la|el|su|nuestra|nuestro|member'?s?|customer'?s?|[a-z]+'s)"
_LOGIN = (
    r"(?:(?:web |online )?(?:(?:smart ?hub|portal|co-?op|utility|power|electric|light|bill) )?"
    r"(?:pass ?words?|pw|pass ?codes?|log[ -]?ins?|log-?ons?|sign[ -]?ins?|sign-?ons?|user and pass\w*|credentials|"
    r"pins?)|"
    r"(?:hub|portal|co-?op|web|site|smart ?hub) (?:word|code)|what (?:opens|unlocks|to type|gets you in\w*|i type)|"
    r"how (?:you|we|i) (?:get|sign|log) (?:in|on)\w*|"
    r"(?:contrase[nñ]as?|contra|clave|nip|usuario y (?:clave|contrase[nñ]a)|acceso (?:del|al) portal))"
)
_PUT = (
    r"(?:taped|written|wrote|stuck|pinned|tacked|printed|painted|scratched|penciled|jotted|noted|saved|kept|keeps|"
    r"hidden|left|"
    r"leaving|posted|holds|has|tucked|pegad[ao]|escrit[ao]|anotad[ao]|apuntad[ao]|guardad[ao]|dej[eéoó]|est[aá]|se "
    r"ve|viene|"
    r"trae|tiene|va|is|are|in|on|off|from|under|with)"
)
_PLACE = (
    r"(?:photo|picture|pic|snapshot|screenshot|voice ?mail|recording|audio|binder|white ?board|envelope|drawer|"
    r"keyboard|note ?book|"
    r"notepad|sticky|post-?it|fridge|refrigerator|folder|shared (?:drive|sheet|doc)|sheet|spreadsheet|google doc|"
    r"last (?:e-?mail|fax|"
    r"letter)|fax|blotter|slip|card|index card|bulletin board|cork ?board|calendar|meter (?:can|box|lid)|mail ?box|"
    r"glove (?:box|"
    r"compartment)|toolbox|tin|lid|counter|door|wall|page \d+|line \d+|item \d+|tab \d+|row \d+|lastpass|1password|"
    r"vault|feed store|"
    r"church office|back of|note|margin|cuaderno|libreta|refri|refrigerador|sobre|foto|imagen|expediente|folder|"
    r"papel(?:ito)?|"
    r"mensaje de voz|buz[oó]n|caj[oó]n|calendario|medidor|pared|pizarr[oó]n|im[aá]n|atr[aá]s|rengl[oó]n|hoja|correo "
    r"del|con (?:mi|la|el) "
    r"\w+|the (?:girl|guy|lady|man|clerk|secretary|guard|receptionist|neighbor))"
)
_USE = (
    r"(?:help yourself|told (?:us|you|him|her) to use|note to (?:agent|broker|consultant)|play the|open the "
    r"(?:picture|photo)|zoom (?:in|on)|sign (?:on|in) with|use (?:it|that)|using it|go (?:ahead|on)|you have access|"
    r"shared "
    r"with you|open to any|pick it "
    r"up|copy it|you can "
    r"(?:read|use|see|open|copy|get)|read (?:it|the|my|her|his)|our tech|your (?:tech|man|fellow|people)|for (?:the |"
    r"our |your )?(?:tech|analyst|"
    r"consultant|broker|agent|us|you)\b|to (?:use|sign in|log in|get in)|listen|that'?s (?:the|our|my) (?:one|co-?op|"
    r"log)|still works|i (?:sent|"
    r"mailed|uploaded|gave you|dropped|handed)|(?:he|she|they) (?:sent|mailed|uploaded|says?)|you took|we (?:hold|"
    r"have)|door'?s "
    r"(?:unlocked|open)|have at it|anytime|any time|ll find|pase|p[aá]se(?:le|n)?|c[oó]piel[ao]|[uú]sel[ao]|"
    r"ap[uú]ntel[ao]|ah[ií] la (?:lee|ve)|"
    r"ah[ií] (?:viene|est[aá])|la (?:lee|usemos|tomemos)|que (?:le|les|te) (?:mand[eé]|dej[eé]|envi[eé])|que "
    r"(?:sub[ií]|mand[eéo]|subi[oó]|"
    r"dej[eéó])|p[ií]dasel[ao]|p[ií]desel[ao]|recoja|que tomemos|entremos|tomaremos|b[uú]squel[ao]|busque|"
    r"l[eé]al[ao]|puede (?:leer|usar|ver))"
)
_LIES = re.compile(
    rf"(?i)\b(?:{_OWNER} (?:[\w'-]+ ){{0,2}}?|(?:web|portal|smart ?hub|co-?op) "
    rf")?{_LOGIN}\b[^\n]{{0,60}}?\b{_PUT}\b[^\n]{{0,60}}?\b{_PLACE}\b|"
    rf"\b{_PLACE}\b[^\n]{{0,70}}?\b{_PUT}\b[^\n]{{0,50}}?\b{_LOGIN}\b|"
    rf"\b(?:left|taped|wrote|dropped|put|saved|copy|use|read|dej[eé]|le dejo|te dej[eé]|tomaremos|tomemos) {_OWNER} "
    rf"(?:[\w'-]+ ){{0,2}}?"
    rf"{_LOGIN}\b[^\n]{{0,60}}?\b{_PLACE}\b"
)
_USES = re.compile(rf"(?i)\b{_USE}")
# Somebody else will say it: a voice, a hand, a phone that rings.
_PERSON = (
    r"(?:(?:my|our|the|his|her|mi|la|el|al|a la|a mi|su) (?:[\w-]+ )?(?:wife|husband|son|daughter|grandson|"
    r"granddaughter|nephew|niece|"
    r"sister|brother|mother|mom|dad|aunt|uncle|cousin|secretary|bookkeeper|accountant|receptionist|clerk|treasurer|"
    r"foreman|neighbor|"
    r"manager|girl|kid|boy|partner|esposa|esposo|hij[ao]|niet[ao]|sobrin[ao]|herman[ao]|mam[aá]|pap[aá]|t[ií]a|"
    r"t[ií]o|prim[ao]|"
    r"secretaria|contador[a]?|vecin[ao]|comadre|compadre|encargad[ao]|cu[nñ]ad[ao])|grandson|secretary|receptionist|"
    r"bookkeeper|wife|"
    r"husband|[a-z]{3,12}(?= at the (?:desk|counter|office|store)))"
)
_TOLD_BY = re.compile(
    rf"(?i)\b(?:ask|call|ring|phone|see|find|you call|p[ií]da(?:le|sel[ao])?|pregunt\w+|llam\w+|m[aá]rqu\w+|"
    rf"h[aá]bl\w+) (?:\w+ )?{_PERSON}\b"
    rf"[^\n]{{0,90}}?\b(?:(?:he|she|they)(?:'ll| will| can| is going to| may)? (?:tells?|reads?|gives?|knows?|has|"
    rf"signs?|lets?|dictates?)|"
    rf"(?:[eé]l|ella) (?:se )?l[aoe]s? (?:lee|dice|da|pasa|dicta)|what to type|que (?:se )?l[ae]s? (?:pase|diga|dicte|"
    rf"lea)|tell your)\b|"
    rf"\b{_PERSON} (?:is going to|is gonna|will|can|has (?:orders|instructions) to|knows to|tiene (?:instrucciones|"
    rf"orden) de|le va a|les va a|"
    rf"va a|trae|puede) (?:text|tell|give|read|send|dictate|let|dict\w+|dar\w*|mand\w+|pas\w+|leer\w*)"
    rf" [^\n]{{0,50}}?\b{_LOGIN}\b|\b{_PERSON} (?:trae|tiene) [^\n]{{0,20}}?\b{_LOGIN}\b[^\n]{{0,60}}?\b(?:pase|"
    rf"diga|d[eé]|dicte|ll[aá]me\w*|"
    rf"m[aá]rqu\w+|p[ií]da\w*)\b|"
    rf"\b{_PERSON}\b[^\n]{{0,60}}?\b(?:ella|[eé]l|she|he)(?:'ll| will| can)? (?:se )?(?:l[aeo]s? )?(?:reads?|tells?|"
    rf"gives?|lee|da|dice|dicta)\b"
    rf"[^\n]{{0,30}}?\b{_LOGIN}\b|"
    rf"\b(?:left|leaving|gave|dejo|dej[eé]|le dejo) {_OWNER} (?:[\w'-]+ ){{0,2}}?{_LOGIN} (?:with|to|con|"
    rf"a) {_PERSON}\b"
)
_CODE_OF = re.compile(
    rf"(?i)\b(?:ask|call|p[ií]da(?:le)?|llam\w+|m[aá]rqu\w+) [^\n]{{0,60}}?\b{_PERSON}\b[^\n]{{0,60}}?\b(?:number|"
    rf"code|c[oó]digo|text|n[uú]mero)\b"
    rf"[^\n]{{0,80}}?\b(?:so you|y entran?|enter my|let you in|get in|para (?:que )?entr|sign in|log in)|"
    rf"\b(?:p[ií]dale|ask) (?:el|the) (?:c[oó]digo|code)s? (?:a|from|to) {_PERSON}\b[^\n]{{0,80}}|"
    rf"\b(?:phone|tel[eé]fono|cell|celular) (?:recibe|gets|receives) (?:the |el |los |my )?(?:co-?op )?(?:codes?|"
    rf"c[oó]digos?)\b[^\n]{{0,60}}?"
    rf"\b(?:presto|lend|mail\w*|borrow|take it|keep it|have it|your office|para que entr\w+)"
)
_NO = re.compile(
    r"(?i)\b(?:not|no (?:sign|log|pass)\w*|blur\w*|looked away|myself|never|nor|don't|doesn't|didn't|won't|can't|"
    r"cannot|couldn't|wouldn't|isn't|without|lost|forgot\w*|"
    r"forget|reset|removed?|"
    r"deleted?|struck|redacted|blacked out|covered|shredded|destroyed|torn|burn\w*|no (?:le|la|lo|se|voy|est[aá]|"
    r"tengo|puedo|quiero|doy|"
    r"encuentro|me|s[eé]|hay|pida|mande)|nunca|jam[aá]s|ni|perd[ií]|olvid\w+|borr\w+|tap[eé]|tach\w+|quit[eé]|should "
    r"i|can i|do i|is it|was "
    r"it|where (?:do|is|can|did|i)|how (?:do|can)|who|why|if|when i|should (?:i|we)|safe(?:ly)?|policy|advise[sd]?|"
    r"please "
    r"remove|must|"
    r"nobody|no one|only (?:i|he|she|they|we)|for (?:me|myself|my own|his|her)|expired|wi-?fi|gate|alarm|combination|"
    r"locker|"
    r"cambi[eé]|cambiamos|regret\w*|once|years ago|used to|thrown|tossed|nothing for you|changed|zip|pdf|attachment|"
    r"archivo|debit|bank|printer|router|thermostat)\b"
)
_AT = (
    "password", "pass word", "passcode", " pw", "login", "log-in", "log in", "log-on", "sign-in", "sign in",
    "sign-on", "sign on",
    "credential", "user and", "what opens", "what to type", "contrase", "contra ", "clave", " nip", " pin",
    "acceso del portal", "hub word", "portal word", "web word", "site word", "co-op word", "get in", "i type",
)  # fmt: skip


def lies(doc: Doc) -> Span | None:
    """`our portal password is taped under the keyboard, help yourself`, `my nephew will read you the code`."""
    if len(doc.text) > LONGEST:
        return None
    places = around(doc, _AT, 170, 190)
    if places:
        for match in within(doc, _LIES, places):
            first, last = sentence(doc, match.start(), match.end(), 100, 110)
            said = doc.text[first:last].split("\n\n")[0]
            if doc.near(_USES, first, last) and not doc.near(_NO, first, last) and "?" not in said:
                return match.span()
        for match in within(doc, _TOLD_BY, places):
            first, last = sentence(doc, match.start(), match.end(), 60, 40)
            if not doc.near(_NO, first, last) and "?" not in doc.text[match.start() : last]:
                return match.span()
    if doc.says("code", "digo", "number", "mero"):
        for match in within(doc, _CODE_OF, around(doc, ("code", "código", "codigo", "number", "número"), 140, 160)):
            first, last = sentence(doc, match.start(), match.end(), 60, 40)
            if not doc.near(_NO, first, last) and "?" not in doc.text[match.start() : last]:
                return match.span()
    return None


LONGEST = 20_000  # characters
