"""What a name says of what it holds, as programs and tables write them: `clave_luz`, `mfaCode`, `Web word` (rules).

One reading for all clothes of a name: it is cut at signs and humps, folded, its leet undone, and each word of it is a
kind of secret, a qualifier (of a portal, of another thing, of what is no value), or nothing.
"""

import re
from enum import Enum, auto

from broker.credentials import words
from broker.credentials.labels import Label, fold, label_of


class Sort(Enum):
    """What a name names."""

    SECRET = auto()  # a portal's password
    WEAK = auto()  # one beside a user, or where the value looks like one
    VAGUE = auto()  # one beside a user and a portal alone
    SLIGHT = auto()  # the same, where it is one word
    PIN = auto()
    CODE = auto()
    SEED = auto()
    TOKEN = auto()
    ANSWER = auto()
    REPLY = auto()  # one beside a question about a life
    USER = auto()


MOST_SIGNS, MOST_PARTS = 48, 7
_SIGNS = re.compile(r"[\s_./:\[\](){}\"'?#~-]+")
_TWO = re.compile(
    r"(?i)(?<![a-z])(co|smart|e|sign|log|one|two|2|set|pass)[ _-](op|hub|bill|in|on|time|step|up|word|code)(?![a-z])"
)
_HUMPS = re.compile(r"(?<=[a-z\u00e0-\u00ff0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LEET = str.maketrans("@4310$57!", "aaeiossti")

# Of a portal: what makes a secret out of a word, a key or a phrase beside it.
_OF_PORTAL = words.listed(
    """portal web website hub sh smarthub obec ozb luz coop login logon signin signon acceso entrada entrar
    ingreso site sitio online linea elec electric electrico electricidad energia util utility utilidad pagina page
    ebill power smart member mbr socio internet ozarkborder red cia"""
)
_OF_USER = words.listed(
    "user usr u usuario usuaria member mbr mem socio miembro cliente customer cust acct account my mi"
)
_OF_OTHERS = words.OF_OTHERS | words.listed(
    """zip pdf archive archivo file excel rar doc documento sheet bus season postal catastral tarifa rate medidor meter
    producto product zona zone error status country pais area tax promo gift lock vault safe porton reja entry tower
    color currency order invoice factura language lang sort primary foreign partition cache object idempotency next
    cursor csrf xsrf public parcel predial curp rfc unit item sku map event build dedupe
    upload download unsub unsubscribe lot bag device busqueda grupo group sync factor fac cls class through traslado
    region correlation delete receipt acceptance attendance"""
)
# What is said about a secret, and is none: its length, its rules, when it was changed.
_ABOUT_LAST = words.listed("name names id ids set at by on at state type url link date in kind mode note notes")
_ABOUT = words.listed(
    """policy length len reset resets hint changed change changes expires expiry expired days required field
    fields rules rule status count shared error errors msg label age strength updated min max
    attempts tries ok requested request needed format help manager protected present
    stored comment scope ttl uri alg algorithm version source limit fecha cambio cambiada vence estado tipo
    longitud reglas politica nombre requerida compartida prompt owner digest hash sha256 md5 sent enviado
    asked given method via channel kept no not never sin nunca ok fail"""
)

_STRONG = words.listed(
    "mbrpw mempw psw pswd pssw pasguord paswor contrasenia credential credencial userpass userpw clavehub webpw"
)
_WEAK = words.listed(
    """pass passw clave clv cve klave contra cntr ctr ctrsn ctrna cont secret secreto secreta cred creds crd pd pwrd
    sena pase"""
)
_VAGUE = words.listed("word wrd wd w palabra pal key llave ll k kw kwd cw phrase frase p opens abre x")
_SAID = words.listed("word palabra phrase frase llave wd wrd pal sena")  # with a portal beside it in the name
_SLIGHT = words.listed("with con then luego what say second entra entrada")
_PIN = words.listed("pin nip")
_CODED = words.listed("code codes codigo codigos cod cd num numero digits digitos cifras")
_ONCE = words.listed(
    """sms text texted txt mfa 2fa tfa otp totp verification verificacion verify verif verificar signin login logon
    recibido received acceso recuperacion recovery respaldo backup emergency emergencia rescate auth authenticator
    autenticador twostep 2step onetime uso portal"""
)
_KEYS = words.listed("clave key pin nip pass")  # of what comes by text, a code
_SENT = words.listed("sms text texted txt verificacion verification uso onetime")
_SEEDED = words.listed("totp otp mfa 2fa tfa authenticator autenticador auth twostep 2step hotp")
_SEED = words.listed("seed secret secreto semilla key llave clave setup")
_TOKEN = words.listed(
    "token tokens jwt bearer refresh jsessionid phpsessid sessionid sess sessid ses shauth authn apikey"
)
_SESSION = words.listed("session sesion sid ticket cookie remember auth")
_KEEPS = words.listed(
    "sso cookie access link session auth login portal web member socio api oauth id value valor sh smarthub hub"
)
_QUESTIONS = words.listed("sec security seguridad seg secret secreta secreto recovery challenge kba backup reto sq")
_ANSWERS = words.listed("answer answers ans respuesta respuestas resp a r reply")
_USERS = words.listed(
    "user usr username usuario usuaria userid uid un us u uname login loginid quien who nick handle signon logon"
)
_USERS_OF = words.listed(
    "id u us usr uid uname handle n name nombre email mail correo user usuario login who quien as"
)  # of a portal
_NAMES = words.listed("id name nombre email mail correo as")
_MAYBE_USERS = words.listed("id n name nombre email mail correo as me iam alias socio member nm")
_GLUED = tuple(
    words.listed("portal web hub sh smarthub site signin signon login app coop obec member mbr user usr u luz")
)
_GLUED_TO = words.listed("pw pwd pass pin nip key word wd clave psw passwd kw")
_NOT_GLUED = words.listed("upass upin ukey shkey shpin shpass shword ushword")

_KNOWN = (
    _OF_PORTAL | _OF_USER | _STRONG | _WEAK | _VAGUE | _PIN | _CODED | _ONCE | _SEEDED | _SEED | _TOKEN | _SESSION
    | _QUESTIONS | _ANSWERS | _USERS
)  # fmt: skip


_SMALL = words.listed("de del la el para for of my mi our su the to al and y")


def parts(name: str) -> list[str]:
    """Give the words of a name: `portal[clave]` is portal and clave, `mfaCode` is mfa and code, `w0rd` is word."""
    found: list[str] = []
    for piece in _SIGNS.split(_TWO.sub(r"\1\2", name)):
        for each in (piece,) if not piece.isalnum() or piece.isupper() else _HUMPS.split(piece):
            found.extend(_undone(fold(each)))
    return found


def _undone(word: str) -> list[str]:
    if not word or word in _KNOWN or word.isalpha():
        return _apart(word) if word else []
    bare = word.rstrip("0123456789")
    if bare in _KNOWN or label_of(bare):
        return _apart(bare)
    plain = word.translate(_LEET)
    return _apart(plain) if plain.isalpha() else [word]


def _apart(word: str) -> list[str]:
    """`portalpin`, `upw`, `claveluz`: a secret's name and a qualifier, glued together."""
    if word in _KNOWN or len(word) > 20:
        return [word]
    if not (word.startswith(_GLUED) or word.endswith(_GLUED)):
        return [word]
    for head in _GLUED:
        if word.startswith(head) and word[len(head) :] in _GLUED_TO and word not in _NOT_GLUED:
            return [head, word[len(head) :]]
        if len(head) > 2 and word.endswith(head) and word[: -len(head)] in _GLUED_TO:
            return [word[: -len(head)], head]
    return [word]


def read(name: str) -> Sort | None:
    """Say what a name names, if it is a secret or who signs in."""
    if not name or len(name) > MOST_SIGNS:
        return None
    said = parts(name)
    if not said or len(said) > MOST_PARTS:
        return None
    here = frozenset(said)
    if here & (_OF_OTHERS | _ABOUT) or {"palabra", "clave"} <= here:
        return None
    if len(said) > 1 and said[-1] in _ABOUT_LAST - _USERS_OF:
        return None
    return _of_programs(said, here) or _of_people(said, here)


def _of_programs(said: list[str], here: frozenset[str]) -> Sort | None:
    if len(said) > 1 and here & _SEEDED and here & _SEED:
        return Sort.SEED
    if (said[-1] in _ANSWERS or said[0] in _ANSWERS) and (here <= _ANSWERS or here & _QUESTIONS):
        return Sort.REPLY if here <= _ANSWERS else Sort.ANSWER
    once = bool(here & _ONCE) or {"one", "time"} <= here
    if (here & _CODED or (here & _KEYS and here & _SENT)) and once and len(said) > 1:
        return Sort.CODE
    if here <= {"otp", "totp", "mfa", "2fa", "tfa", "unlock"}:
        return Sort.CODE
    kept = here & _TOKEN or (here & _SESSION and here & _KEEPS)
    return Sort.TOKEN if kept and here <= _TOKEN | _SESSION | _KEEPS | _OF_PORTAL | _OF_USER else None


def _of_people(said: list[str], here: frozenset[str]) -> Sort | None:
    portal = bool(here & _OF_PORTAL)
    if said[-1] in _NAMES and len(said) > 1:
        return Sort.USER if portal or said[0] in _USERS or said == ["connect", "as"] else None
    if here & _PIN:
        return Sort.PIN if portal or "app" in here else None
    if here & _STRONG or any(label_of(part) is Label.STRONG for part in said if part not in _OF_PORTAL):
        return Sort.SECRET
    if here & _WEAK:
        if portal and len(said) > 1:
            return Sort.SECRET
        return Sort.WEAK if here <= _KNOWN | _SMALL else None
    if (said[0] in _USERS and len(said) <= 3) or (portal and said[-1] in _USERS_OF and len(said) > 1):
        return Sort.USER
    if here & _VAGUE and len(said) <= 4:
        return Sort.WEAK if portal and here & _SAID else Sort.VAGUE
    return Sort.SLIGHT if len(said) == 1 and said[0] in _SLIGHT else None


def of_portal(name: str) -> bool:
    """Say whether a name speaks of a portal."""
    return not _OF_PORTAL.isdisjoint(parts(name))


def of_another(name: str) -> bool:
    """Say whether a name speaks of another thing that has a key of its own: a file, a gate, Wi-Fi."""
    return not _OF_OTHERS.isdisjoint(parts(name))


def may_be_user(name: str) -> bool:
    """Say whether a name may be that of who signs in, beside a secret and a portal."""
    said = parts(name)
    return len(said) == 1 and said[0] in _MAYBE_USERS | _OF_PORTAL
