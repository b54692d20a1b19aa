"""What no single rule proves: a word that looks like a secret, weighed with the words around it (rules)."""

import re

from broker.credentials import words
from broker.credentials.labelled import is_candidate
from broker.credentials.pairs import PLACE, TALK, among_words
from broker.credentials.shape import EMAIL, Level, is_address, is_user_like
from broker.credentials.tokens import Doc, Token

Span = tuple[int, int]

ENOUGH = 3.0  # from here on a word is taken for a secret
SHORT = 200  # characters of a text that has no room for another meaning
AROUND = (150, 90)  # how far before and behind a word talk of signing in counts
MAX_WEIGHED = 400  # words of one text; a text with more of them is a table

# What each sign adds. Set by hand on the open corpus; the tests hold them to its figures.
WEIGHTS = {
    "shape.name": 0.0,  # lower case with digits: user names look so as well
    "shape.likely": 1.45,
    "shape.joined": 0.9,  # Smith&Sons: a firm, or two words of a secret
    "shape.mixed": 2.0,
    "shape.signed": 0.5,  # a sign inside, as in Gravel!9
    "text.short": 0.4,
    "text.bare": 0.9,  # hardly anything else stands there
    "talk.before": 1.5,
    "talk.behind": 1.2,
    "talk.place": 1.0,
    "frame.use": 0.7,  # use, type, put
    "frame.says": 0.7,  # it's, is, a colon
    "frame.pair": 0.6,  # and, then, with
    "frame.name": 1.0,  # a user name or an address stands before it
    "place.line": 0.5,  # alone on its line
    "place.last": 0.4,
    "place.quoted": 0.3,
    "hands.over": 0.9,  # go ahead, feel free, just between us
    "says.works": 1.0,  # gets you in, is what we use
    "says.letters": 1.2,  # with a capital, all one word
    "says.where": 0.8,  # where it asks
    "not.user": -2.5,  # right behind a word for a user name
    "not.identifier": -3.0,
    "not.product": -3.0,
    "not.other": -3.0,  # that of a thing which is no portal: the Wi-Fi of a house
    "not.noun": -0.6,  # a plain word goes on behind it: Dell5410 laptops
}

_SPEAKS = ("talk.", "frame.", "says.", "hands.")

_USE = words.listed(
    """use uses used using try tried type typed types typing enter enters entered put puts key punch plug hit took
    take takes wants want pick usa uso usamos usar usen use ponga pon poner ponemos pongo pongan meta meto escriba
    teclee teclea pruebe prueba intenten intente"""
)
_SAYS = words.listed(
    """is it's its was still now be are es era son equals remains called says said became becomes sigue fue seria
    here's heres thats that's changed e'"""
)
_PAIR = words.listed("and then with plus con y luego w/ n & e despues mas together followed pw")
_PRODUCTS = words.listed(
    """windows win chrome firefox edge safari acrobat adobe excel word office outlook quickbooks quicken iphone ipad
    galaxy pixel android dell lenovo thinkpad hp latitude inspiron macbook ford chevy dodge ram toyota kubota deere
    johndeere jd caterpillar cat bobcat honda yamaha generac kohler briggs cummins honeywell nest ecobee emporia sense
    enphase solaredge sunpower tesla powerwall leaf prius sign docusign zoom teams windows10 windows11 ios macos
    ubuntu version build covid farmall massey polaris sylvania lennox trane goodman rheem carrier siemens schneider
    itron landis elster focus centron nema ansi ieee usda fsa nrcs rus faa osha ul fm wd40 v8 h2o co2 mp3 mp4 a4 b2b
    w2 w9 x5 k12 formula unit model"""
)
_PRODUCT = re.compile(r"([a-z]+)[-_.]?\d")
_HANDS = re.compile(
    r"(?i)\b(?:go ahead|feel free|help yourself|hop (?:on|in)|have at it|be my guest|you (?:can|may|could|might|"
    r"folks "
    r"can|all can) (?:just |also |always )?(?:log|sign|get|look|use|go|check|try|pull|see|have|download)|look "
    r"(?:it up )?yoursel(?:f|ves)|between us|between you and me|wink|in case you|just in case|if you (?:need|must|"
    r"have|want|insist)|don'?t tell|keep (?:this|it) (?:quiet|to yourself|between)|my word|this once|here(?:'s|"
    r" is| are)|other half|g[ai]ve (?:me|us|you)|(?:tell|told|telling) (?:you|me|us)|adelante|"
    r"pueden? (?:entrar|usar|ver|revisar)|por si acaso|entre nos|just (?:use|using)|saves? (?:you|us) (?:the )?"
    r"(?:time|trouble)|easier|here (?:you|ya|u) go|here it is|here goes|there you (?:go|have it)|that'?s (?:all|"
    r"it|everything)(?: you need)?|anyways?|anyhow|still|didn'?t (?:get|hear) (?:it|this)|if i could|entren|"
    r"entre nom[aá]s|no hay problema|ah[ií] (?:va|est[aá]|le va)|aqu[ií] (?:va|est[aá]|tiene))\b"
)
_WORKS = re.compile(
    r"(?i)[\"')\]]{0,2}[,.]?\W{1,3}(?:(?:that |it |which )?(?:should |will |ought to |always )?(?:get|gets|let|"
    r"lets|work|works|worked|do it|do "
    r"the trick|open|opens)\b|is (?:what|the one|how|it\b)|es (?:lo que|la que|el que)|sirve|funciona|me deja)"
)
_MACHINE = frozenset({"api_json", "nectar_call", "csv_upload", "url_param"})
_LETTERS = re.compile(
    r"(?i)\b(?:(?:with|has) (?:a |the |an )?(?:capital|big|little|small|upper|exclamation|zero|dash|number)|"
    r"capital [a-z]\b|all (?:one word|lower ?case|small|caps|together)|"
    r"(?:lower|upper) ?case|no spaces?|one word|case (?:sensitive|matters)|con (?:la )?may[uú]scula|todo junto|"
    r"sin espacios|on the end|at the end)\b"
)
_WHERE = re.compile(
    r"(?i)\b(?:(?:where|when|if|wherever|what) (?:it|they|the (?:site|page|box|screen)) (?:says?|asks?|wants?)|"
    r"it(?:'ll| will) (?:ask|want)|asks (?:you|me|us)? ?for|"
    r"(?:second|other|next|bottom|top|lower) (?:box|line|field|blank|one)|on (?:the )?(?:top|bottom)|(?:is|"
    r"was) all (?:it|they) (?:wants?|needs?|takes?)|"
    r"donde (?:dice|pide)|cuando (?:pida|pregunte)|segunda (?:casilla|l[ií]nea))\b"
)
_IS_USER = re.compile(
    r"(?i)\W{0,3} ?(?:is|es|was) (?:my|the|our|mi|his|her|el|su) (?:\w+ )?(?:user ?(?:name|id)?|login|log-in|"
    r"usuario)\b(?! (?:and|y))"
)
# A number that a program gave a letter or a request: LOA-49682bc9.
_REFERENCE = re.compile(r"(?:[A-Z]{2,5}-)?(?=[a-f]*\d[a-f\d]*\d)[0-9a-f]{7,}|[A-Z]{2,5}-[0-9A-Za-z]{6,}")
_NOT_PROSE = frozenset(',;=?<>{}[]"()|\\')
_BORDERS = frozenset(".,;!?)\"'")


def weighed(doc: Doc) -> Span | None:
    """A word that looks like a secret, and enough around it that says so."""
    least = Level.LIKELY if doc.inlet == "outbound_email" else Level.NAME  # our own mails name users and references
    if doc.best < least or not 0 < len(doc.shaped) <= MAX_WEIGHED:
        return None
    if len(doc.tokens) < 2:
        return None  # a word alone says nothing of itself: ids and keys of other programs look like this
    for index in doc.shaped:
        token = doc.tokens[index]
        if doc.inlet in _MACHINE and not among_words(doc, index):
            continue
        if doc.inlet == "csv_upload" and not doc.near(TALK, 0, len(doc.text)):
            continue
        if token.mark.level >= least and _NOT_PROSE.isdisjoint(token.mark.core) and _is_enough(signs(doc, index)):
            start = token.start + token.text.find(token.mark.core)
            return start, start + len(token.mark.core)
    return None


def _is_enough(found: list[str]) -> bool:
    # Looks alone are not enough: ids, keys and tokens of programs look like secrets, and nobody says a word of them.
    return any(sign.startswith(_SPEAKS) for sign in found) and sum(WEIGHTS[sign] for sign in found) >= ENOUGH


def signs(doc: Doc, index: int) -> list[str]:
    """Give the signs for and against a word, by their names in `WEIGHTS`: the reasons of the score."""
    token = doc.tokens[index]
    found = [*_shape(token), *_text(doc), *_frame(doc, index), *_against(doc, index)]
    start, end = doc.paragraph(token.start - AROUND[0], token.end + AROUND[1], token.start)
    if len(doc.text) <= SHORT:
        start, end = 0, len(doc.text)
    if doc.near(_LETTERS, token.end - 1, min(end, token.end + 40)):
        found.append("says.letters")
    if doc.near(_WHERE, start, end):
        found.append("says.where")
    if doc.near(TALK, start, token.start):
        found.append("talk.before")
    elif doc.near(TALK, token.end, end):
        found.append("talk.behind")
    if doc.near(PLACE, start, end):
        found.append("talk.place")
    if doc.near(_HANDS, start, end):
        found.append("hands.over")
    if _WORKS.match(doc.text, token.end - (token.text[-1] in _BORDERS)):
        found.append("says.works")
    return found


def _shape(token: Token) -> list[str]:
    level = token.mark.level
    if level is Level.NAME:
        return ["shape.name"]
    if level is Level.LIKELY:
        return ["shape.likely"]
    if "&" in token.mark.core and not any(map(str.isdigit, token.mark.core)):
        return ["shape.joined"]
    signed = any(sign in token.mark.core[1:-1] for sign in "!$#%^*+=~&@?")
    return ["shape.mixed", "shape.signed"] if signed else ["shape.mixed"]


def _text(doc: Doc) -> list[str]:
    found = ["text.short"] if len(doc.text) <= SHORT else []
    if len(doc.tokens) <= 3:
        found.append("text.bare")
    return found


def _frame(doc: Doc, index: int) -> list[str]:
    token = doc.tokens[index]
    last = index + 1 == len(doc.tokens)
    found = ["place.last"] if last else []
    if token.text[0] in "\"'“`":
        found.append("place.quoted")
    if index == 0:
        return found
    previous = doc.tokens[index - 1].mark
    if "\n" in doc.gap(index) and (last or "\n" in doc.gap(index + 1)):
        found.append("place.line")
    if previous.word in _USE:
        found.append("frame.use")
    elif previous.joins or previous.word in _SAYS:
        found.append("frame.says")
    elif previous.word in _PAIR or doc.tokens[index - 1].text in ("/", "-", "//", "|", "&", "+", ">"):
        found.append("frame.pair")
    if _name_before(doc, index):
        found.append("frame.name")
    return found


def _name_before(doc: Doc, index: int) -> bool:
    """`rob77 and`, `rob@mill.example,`, `my e-mail then`: what stands before is the first half of a login."""
    back = index - 1
    while back > 0 and index - back < 3 and doc.tokens[back].mark.word in _PAIR | {"", "the", "a"}:
        back -= 1
    mark = doc.tokens[back].mark
    if mark.word in ("email", "e-mail", "gmail", "correo", "username") and back < index - 1:
        return True
    if mark.closes and doc.tokens[back].text[-1] in "!?":
        return False
    return bool(
        (mark.level is Level.NAME and mark.core.islower())
        or is_user_like(mark.core)
        or EMAIL.fullmatch(mark.core.strip("()<>"))
    )


_GOES_ON = words.listed(
    "is es of name id for to there here on in at the my our smarthub portal website site page app mi el de en del para"
)


def _named_user(doc: Doc, index: int) -> bool:
    """`my user name there is rob77`: between a word for a user name and this one stands nothing but small words."""
    for back in range(index - 1, max(-1, index - 7), -1):
        word = doc.tokens[back].mark.word
        if word in words.USER:
            return True
        if word not in _GOES_ON:
            return False
    return False


def _is_product(doc: Doc, index: int) -> bool:
    core = doc.tokens[index].mark.core
    if EMAIL.search(core) or is_address(core) or core.count("-") > 2 or doc.tokens[index].text.startswith("/"):
        return True
    named = _PRODUCT.match(doc.tokens[index].mark.word)
    if named and (named[1] in _PRODUCTS or named[1] in words.EVERYDAY):
        return True
    return index > 0 and (doc.tokens[index - 1].mark.word in _PRODUCTS or _beside_product(doc, index))


def _beside_product(doc: Doc, index: int) -> bool:
    """`Firefox115 on Mint21`, `Chrome120 or Edge129`."""
    far = _PRODUCT.match(doc.tokens[index - 2].mark.word) if index > 1 else None
    return (
        far is not None
        and far[1] in _PRODUCTS
        and doc.tokens[index - 1].mark.word in ("on", "and", "or", "with", "en", "y", "o")
    )


def _against(doc: Doc, index: int) -> list[str]:
    token, found = doc.tokens[index], []
    before = doc.words(index - 2, index)
    last = before[-1] if before else ""
    # `login Gravel9`: user names are not written so.
    login = last in words.ACCESS & words.USER and token.mark.core[0].isupper() and token.mark.level >= Level.LIKELY
    if not (is_candidate(doc, index) or login) or _REFERENCE.fullmatch(token.mark.core):
        found.append("not.identifier")
    user = last in words.USER or last in ("as", "como", "under", "user", "called")
    far = _named_user(doc, index)
    if _IS_USER.match(doc.text, token.end) or (not login and (user or far)):
        found.append("not.user")
    if len(before) > 1 and before[0] in words.ID_NOUNS and token.mark.level < Level.MIXED:
        found.append("not.identifier")
    if _is_product(doc, index):
        found.append("not.product")
    if not doc.has_place and not words.OF_OTHERS.isdisjoint(doc.words(index - 6, index)):
        found.append("not.other")
    if index + 1 < len(doc.tokens) and token.text[-1].isalnum() and token.mark.level < Level.MIXED:
        nxt = doc.tokens[index + 1].mark
        if nxt.core.isalpha() and len(nxt.core) > 3 and nxt.word not in words.STOP and nxt.core.islower():
            found.append("not.noun")
    return found
