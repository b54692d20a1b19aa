"""The words: names of secrets in English and Spanish, how people misspell them, and words that only look alike."""

import re
from functools import lru_cache

# Labels that name a secret by themselves.
STRONG = (
    r"pass[ _-]?words?|pass[ _-]?codes?|pass[ _-]?phrases?|pass ?keys?|passwd|p/?wd?|pswd|psswd|pword|pwrd|p\.w\.|passw|pw"
    r"|secret[ _-]?(?:word|phrase|answer|key)|magic word|security answer|recovery (?:code|key|phrase)"
    r"|log[ -]?in secret|contrasenas?|contrasenia|palabra (?:clave|secreta)|clave secreta|clave de (?:acceso|ingreso|entrada)"
    r"|respuesta (?:secreta|de seguridad)|credenciales|credentials?|creds"
)
# Words that also mean something harmless; they need a clear connector or portal words nearby.
WEAK = r"pass|clave|secret|pin|key ?word|secreto|contra"
LABEL = re.compile(rf"(?<![a-z0-9])(?:(?P<strong>{STRONG})|(?P<weak>{WEAK}))(?![a-z0-9])")

# Where one signs in.
PORTAL = re.compile(
    r"smart ?hub|(?<![a-z])(?:portal|web ?sites?|web|online|log(?:s|ged|ging)?[ -]?(?:in|on|into|onto)|logins?|sign(?:s|ed|ing)?[ -]?(?:in|on|into)"
    r"|co-?op (?:page|site|app|account)|app|pass ?words?|pass ?codes?|credentials?|creds|user ?names?|user ?id|usuario|contrasenas?|sitio|pagina"
    r"|en linea|iniciar sesion|inici[oae]|entr(?:ar|as|o|a|e|en)|acced(?:er|o|e)|ingres(?:ar|o|a|e)|accesos?|two[- ]factor|2fa|clave)(?![a-z])"
)
# Sentences that tell how one gets in.
ENTRY = re.compile(
    r"(?<![a-z])(?:log(?:s|ged|ging)?[ -]?(?:in|on|into|onto|you in|me in|us in)|logins?|sign(?:s|ed|ing)?[ -]?(?:in|on|into)|smart ?hub"
    r"|portal|web ?site|online account|pass ?words?|pass ?codes?|passphrase|credentials?|creds|contrasenas?|clave|user ?name|usuario"
    r"|gets? (?:in|you in|me in|us in|into)|lets? (?:you|me|us|them|anyone) in|opens? (?:it |up )?with|unlocks?"
    r"|iniciar sesion|inici[oae] sesion|entr(?:ar|as|o|a|e|en|amos)|acced(?:er|o|e|emos)|ingres(?:ar|o|a|e|amos)|accesos?|sesion|sitio|pagina)(?![a-z])"
)
NEGATION = re.compile(
    r"(?<![a-z])(?:not|never|no|don'?t|doesn'?t|didn'?t|won'?t|isn'?t|wasn'?t|can'?t|cannot|couldn'?t|without|nobody|none|nunca|jamas|sin|nadie"
    r"|tampoco|forgot(?:ten)?|forget|lost|reset|olvid[eoa]\w*|perdi\w*|wrong|invalid|incorrect[oa]?|expired|caduc\w+)(?![a-z])"
)

_TARGETS = ("password", "passcode", "passphrase", "contrasena")
# Real words within reach of a misspelling.
_OTHER_WORDS = frozenset(
    "passport passports passage passages passenger passengers passed passes passing passover passive passion passable passbook "
    "password passwords passcode passcodes passphrase passphrases contrasena contrasenas contrast contrasts contrasta contrario "
    "contraste contratar contrata contratos postcode postcodes contract contracts keyword peasant pathway parkway passerby "
    "contraria contrarias contratado passwordless crossword forward".split()
)
_LEET = str.maketrans(
    {"@": "a", "4": "a", "$": "s", "5": "s", "0": "o", "3": "e", "1": "i", "!": "i", "|": "l", "7": "t"}
)
_SUSPECT = re.compile(
    r"(?<![\w@$])(?:[pc][\w@$!|*]{6,12}|p[a@4][s$5]{1,2}|p[4@][s$5w]\w{0,6}|pwo?rd|pssw\w{0,3}|clav3s?)(?![\w@$!])"
)


def canonical_labels(low: str) -> list[tuple[int, int, str]]:
    """Give the places of misspelled or disguised labels, each with the word that was meant."""
    found = []
    for match in _SUSPECT.finditer(low):
        meant = _meant(match[0])
        if meant and meant != match[0]:
            found.append((match.start(), match.end(), meant))
    return found


@lru_cache(maxsize=4096)
def _meant(word: str) -> str | None:
    if word in _OTHER_WORDS:
        return None
    disguised = not word.isalpha()
    if disguised and word[-2:].isdigit():
        return None  # a value made of the word
    bare = word.translate(_LEET)
    if bare in {"pass", "pas", "pword", "pwrd"} and disguised:
        return "password"
    if bare == "clave" and disguised:
        return "clave"
    if bare.rstrip("s") in _TARGETS:
        return bare.rstrip("s")
    if bare in _OTHER_WORDS:
        return None
    for target in _TARGETS:
        reach = 1 if len(bare) < 7 else 2
        if bare[0] == target[0] and abs(len(bare) - len(target)) <= reach and distance(bare, target, reach) <= reach:
            return target
    return None


def distance(one: str, other: str, most: int) -> int:
    """Give the edit distance with swaps of neighbours, for short words; more than `most` is only "more"."""
    older: list[int] = []
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


# Values that stand for "no value".
PLACEHOLDERS = frozenset(
    "none n/a na nil null undefined empty blank unknown redacted removed deleted hidden masked withheld omitted xxx tbd tba todo "
    "string value text example placeholder password passcode pass pw pwd username user yourpassword your_password mypassword "
    "required optional true false yes no ninguna ninguno vacio vacia oculta oculto borrada borrado eliminada eliminado removida "
    "contrasena clave requerida requerido obligatoria si off on same ditto idem censored secret private confidential "
    "screened scrubbed stripped tachada tachado suprimida suprimido protected encrypted forgotten lost".split()
)

# Words that follow a label in ordinary sentences. A value is none of them.
COMMON = frozenset(
    """a an and are as at be been being but by can can't cannot could did do does done for from get gets go going got had has have he her here
    hers him his how i if in into is isn't it its it's just know last let like make may me mine more most must my need needs never new next
    no nobody none not nothing now of off on once one only or other our ours out over own please put same say see send set she should show so
    some still such take than that that's the their them then there these they they're this those through to too under until up us use used
    uses using very was wasn't way we well went were what when where whether which while who whose why will with without won't would yet you
    your yours yourself myself ourselves themselves safe secure strong weak old older wrong right correct incorrect invalid valid expired
    required needed necessary optional missing short long simple hard easy good bad fine ok okay private confidential secret personal
    changed reset locked unlocked different similar stored saved kept written shared asked blocked disabled enabled working broken
    unavailable available lost gone forgotten back ready due case sensitive nowhere somewhere always ever also already again after before
    because since between both each either every any anyone anybody anything everyone everything all about above across against along around
    first second third number numbers letter letters character characters digit digits field fields box boxes page pages screen form forms
    email e-mail mail phone address account accounts name names login logins user users username usernames password passwords passcode
    policy policies rule rules manager managers manager's resets change changes request requests link links help hint hints question
    questions problem problems trouble issue issues error errors message messages protection security hygiene notice strength
    requirements requirement length expiry expiration sharing prompt recovery vault wallet generator
    correctly wrongly today tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday january february march april june july
    august september october november december thanks thank hello hi dear regards sincerely sorry yes
    el la los las un una unos unas de del al y o u que se es son era fue sera esta este esto ese esa eso mi mis tu tus su sus nuestro nuestra
    lo le les te nos ni si con sin para por en sobre entre hasta desde cuando donde como porque pero muy mas menos ya aun todavia nunca
    siempre tambien usted ustedes yo ella ellos nosotros nadie alguien algo nada todo toda todos todas otro otra mismo misma segura seguro
    privada privado secreta secreto incorrecta incorrecto correcta correcto invalida invalido valida valido vencida vencido larga
    corta dificil facil nueva nuevo vieja viejo mia mio suya suyo necesaria necesario obligatoria perdida olvidada cambiada bloqueada
    confidencial gracias hola favor aqui alli ahora luego antes despues hoy ayer manana correo cuenta usuario contrasena clave pagina
    """.split()
)
ADJECTIVAL = re.compile(r"(?:ed|ing|ly|able|ible|ful|less|ous|ive|ado|ada|ido|ida|ando|endo|mente)$")

# Everyday names with capitals inside, and stems of things that carry numbers; none is a secret.
BENIGN_NAMES = frozenset(
    "smarthub paypal billpay autopay auto-pay e-bill ebill javascript youtube facebook linkedin iphone ipad macbook libreoffice "
    "powerpoint quickbooks wifi android chromebook openoffice whatsapp icloud onedrive github gmail usageexplorer greenbutton obec".split()
)
BENIGN_STEM = frozenset(
    """acct account meter invoice inv stmt statement page case ref reference ticket room route rate lot pole unit suite ste apt form section
    sec jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october november december
    windows iphone ipad android chrome firefox version ver rev hwy highway rr cr county road fy box no num number line item step phase
    building bldg bay barn shed gate tower well pump site day days hour hours min mins week weeks month months year years kwh kw kva mwh amp
    amps volt volts table figure fig appendix exhibit part para schedule tariff zone sheet col row cell img image scan photo pic file doc bill
    usage utf sha md http https st nd rd th am pm lb lbs ft in gal gallons cents usd covid ipv base win office python excel word tls ssl oauth
    mp tcp cuenta medidor factura ruta lote pagina casa calle""".split()
)
