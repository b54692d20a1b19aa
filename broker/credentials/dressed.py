"""A secret whose name is in disguise: whoever hides a label or writes it by ear has something behind it (rules)."""

import re
from itertools import pairwise

from broker.credentials import words
from broker.credentials.labels import Label, is_misspelt, label_of, near, unleeted
from broker.credentials.learned import is_common
from broker.credentials.shape import EMAIL, Level, is_address, is_mask, is_user_like
from broker.credentials.tokens import Doc, Token

Span = tuple[int, int]

LONGEST = 600  # characters; what is longer is a letter or a page
REACH = 9  # words behind a label
_JOINS = words.listed(": = - -- -> => > >> → ➜ » ~ … ... | / ::")
_SAYS = words.listed("is es was era s are be equals sigue still just")
_LEADS = words.listed(
    """of for the a to at on in my our mi la el los las de del en al this that esta este it its we use i uso uso usamos
    portal smarthub hub web website site sight sitio pagina pajina page app ap aplicacion aplicasion account cuenta
    member members socio luz lus lectric electric eletric electrica light ligth bill recibo recivo billing power co-op
    coop cooperativa utility company co line linea online login log sign acceso ingreso entrada takes they give gave
    electricidad ozark border internet"""
)
_TROUBLE = words.listed(
    """forgot forget forgotten lost reset change changed wrong never not no don't dont didn't can't cant cannot won't
    wont doesn't without nobody anybody anyone share sharing olvide olvido perdi perdio nunca ni sin nadie
    cambiar cambie
    recuperar incorrecta comparto compartir ask asks asked asking pida pide piden need please wifi wi-fi zip rar file
    archivo pdf bank banco policy rules incorect incorrecto invalid tried tries tryed locked
    what's pedir pedimos send sent borrar delete deleted gate candado
    alarm alarma"""
)
_NOT_VALUES = words.STOP | words.PREDICATES | words.TROUBLES | words.REDACTED | words.USER | words.NEGATIONS


def told(doc: Doc) -> Span | None:
    """`pasworth of power site is walnutt`, `p4$$ at the portal is corncrib`, `pa(zero width)ss: Clapboard`."""
    if len(doc.text) > LONGEST:
        return None
    for index, token in enumerate(doc.tokens):
        if not _is_dressed(doc, token):
            continue
        near_by = [_undone(word) for word in doc.words(index - 6, index + REACH)]
        if not _TROUBLE.isdisjoint(near_by) or _ASKED.search(doc.text, token.end, token.end + 80):
            continue
        found = _glued(token) or _behind(doc, index)
        if found is not None:
            return found
    return None


_PADDED = re.compile(r"=[0-9A-F]{2}")  # quoted-printable tears a word
_PIECES = re.compile(r"[^\w$@!-]+")


def _is_dressed(doc: Doc, token: Token) -> bool:
    """Say whether a word is a label in disguise, or ends with one: `?txt=psw`."""
    word, named = token.mark.word, token.mark.label is not None or bool(token.mark.labels)
    if (word.isalpha() and not named) or _PADDED.search(token.text) is not None:
        return False
    if named:
        return doc.dressed or any(is_misspelt(piece) for piece in _PIECES.split(word))
    last = _PIECES.split(word)[-1]
    return is_misspelt(last) or (doc.dressed and label_of(last) is not None)


def _undone(word: str) -> str:
    return word if word.isalpha() or not any(map(str.isalpha, word)) else unleeted(word)


_ASKED = re.compile(r"\?(?=\s|$)")
_GLUED = re.compile(r"[=:>]+([^\s&=:>]{4,64})$")


def _glued(token: Token) -> Span | None:
    found = _GLUED.search(token.text)
    if found is None or found[1].casefold().strip("\"'()[]{}<>.,;") in _NOT_VALUES or is_mask(found[1]):
        return None
    if is_address(found[1]) or found[1].isdigit() or not token.mark.labels:
        return None
    return token.start + found.start(1), token.start + found.end(1)


def _behind(doc: Doc, index: int) -> Span | None:
    said = doc.tokens[index].mark.joins or _is_user_before(doc, index)
    numbers = doc.tokens[index].mark.label in (Label.PIN, Label.CODE)
    inside = False
    for at in range(index + 1, min(len(doc.tokens), index + 1 + REACH)):
        token = doc.tokens[at]
        if doc.gap(at).count("\n") > (doc.inlet != "csv_upload") or doc.tokens[at - 1].text[-1] in ".!?;":
            return None
        if inside or token.text[0] == "(":
            inside = not token.text.rstrip(":,.;").endswith(")")
            said = said or token.text[-1] in ":="
            continue
        if token.text in _JOINS or token.mark.word in _SAYS:
            said = True
            continue
        if token.mark.word == "the" and at == index + 1 and doc.tokens[index].mark.label is Label.WEAK:
            return None  # pass the salt
        if token.mark.word in _LEADS:
            said = said or token.text[-1] in ":="
            continue
        if token.text[0] in "[<{" and token.text[-1] not in "]>}":
            return None  # a remark
        if doc.tokens[index].mark.label is Label.WEAK and not (said or doc.dressed or doc.has_place):
            return None
        return _span(token) if _is_value(doc, at, said=said, numbers=numbers) else None
    return None


_USERS = words.listed("usr usre usrnm usrnam usario usuaro husuario usuraio uzer logn lgn")


def _is_user_before(doc: Doc, index: int) -> bool:
    """Say whether who signs in is named before, as by ear as the rest."""
    return any(
        token.mark.user
        or token.mark.word in _USERS
        or (len(token.mark.word) > 6 and near(token.mark.word, "username", 2))
        for token in doc.tokens[max(0, index - 6) : index]
    )


def _is_value(doc: Doc, at: int, *, said: bool, numbers: bool) -> bool:
    token = doc.tokens[at]
    mark, core = token.mark, token.mark.core
    undone = _undone(mark.word)
    if (
        {mark.word, undone, re.split(r"[\W_]", mark.word)[0]} & _NOT_VALUES
        or is_mask(core)
        or is_address(core)
        or mark.label is not None
        or mark.user
    ):
        return False
    if mark.joins or token.text[-1] == "?" or re.split(r"\W", mark.word)[0] in words.ID_NOUNS:
        return False
    if undone != mark.word and is_common(undone) and not said:
        return False
    if core.isdigit():
        return 4 <= len(core) <= 12 and (said or numbers)
    if len(core) < 4 or mark.access or mark.place:
        return False
    if mark.level >= Level.NAME or token.text[0] in "\"'“":
        return True
    if not any(map(str.isalpha, core)) or mark.word in words.ID_NOUNS:
        return False
    if core[0].isupper() and not doc.text.isupper():
        return re.sub(r"[\W_]", "", mark.word).isalpha() and not (at and is_common(mark.word) and not said)
    if not said and not doc.has_place:
        return False
    last = at + 1 == len(doc.tokens) or token.text[-1] in ",;.)" or "\n" in doc.gap(at + 1)
    return (said or last) and not is_common(mark.word)


_ELECTRIC = re.compile(
    r"(?i)\b(?:smart-?hub|portal|co-?op|obec|hub|(?:power|luz|electric|bill) (?:web|site|page|app|login)|web|luz|"
    r"log-?in|sign-?in|site|sitio)\b"
)
_TIES = words.listed("/ | : - , and & + y con with then luego -> => ~ … ... x")
_NEVER = re.compile(
    r"(?i)\b(?:no|not|never|bill|letter|meter|rate|thanks|gracias|recibo|carta|medidor|account|cuenta)\b"
)
SHORT = 90


def paired(doc: Doc) -> Span | None:
    """`smarthub lena rhubarb` in letters that hide it: a place to sign in, a name, and a word beside it."""
    if not doc.dressed or len(doc.text) > SHORT or "://" in doc.text or doc.near(_NEVER, 0, len(doc.text)):
        return None
    apart = Doc(_TIED.sub(r" \g<0> ", doc.text), doc.inlet) if doc.search(_TIED) else doc
    names = [at for at in range(len(apart.tokens)) if _is_own(apart, at)]
    placed = doc.near(_ELECTRIC, 0, len(doc.text))
    for one, two in pairwise(names):
        between = apart.tokens[one + 1 : two]
        tied = all(token.text in _TIES or token.mark.word in _TIES for token in between)
        first, second = apart.tokens[one].mark, apart.tokens[two].mark
        alone = two == len(apart.tokens) - 1 and not one and first.level is Level.NAME and second.core[0].isupper()
        if tied and (placed or alone):
            return 0, len(doc.text)
    return None


_TIED = re.compile(r"[/|:,](?=[^\s/])")


def _is_own(doc: Doc, at: int) -> bool:
    mark = doc.tokens[at].mark
    if "," in mark.core or ":" in mark.core:
        return False
    if EMAIL.fullmatch(mark.core) or mark.level >= Level.NAME or is_user_like(mark.core):
        return True
    if mark.word in _NOT_VALUES or mark.access or mark.place or mark.label is not None or mark.word in words.ID_NOUNS:
        return False
    if is_address(mark.core):
        return False
    return len(mark.core) >= 4 and any(map(str.isalpha, mark.core)) and not is_common(mark.word)


def _span(token: Token) -> Span:
    start = token.start + max(0, token.text.find(token.mark.core))
    return start, start + len(token.mark.core)


# --- codes and answers, by ear --------------------------------------------------------------------------------------

_CODES = words.listed("code cod coed coad kode cde cdoe coode codigo kodigo codgo codijo")
_RIGHT = ("verification", "verificacion", "security", "secret", "seguridad", "secreta")
_ANSWERS = ("answer", "respuesta")
_SPELT_RIGHT = words.listed(
    """code codigo verification verificacion security secret seguridad secreta answer answers respuesta respuestas
    codes codigos"""
)


def by_ear(doc: Doc) -> Span | None:
    """`verifcation coed is 671 038`, `securty anser: Muskogee`: both words, one of them as it is heard."""
    if len(doc.text) > LONGEST or not (doc.has_any(_CODES) or doc.says(" an", " aw", "resp")):
        return None
    for index, token in enumerate(doc.tokens[1:], 1):
        one, two = doc.tokens[index - 1].mark.word, token.mark.word
        if one in _SPELT_RIGHT and two in _SPELT_RIGHT:
            continue
        if not _TROUBLE.isdisjoint(doc.words(index - 6, index + REACH)):
            continue
        found = None
        if two in _CODES and _sounds(one, _RIGHT[:2], 3):
            found = _digits(doc, index)
        elif (_sounds(two, _ANSWERS, 2) and _sounds(one, _RIGHT, 3)) or (
            _sounds(one, _ANSWERS[1:], 2) and _sounds(two, _RIGHT[3:], 2)
        ):
            found = _answer(doc, index)
        if found is not None:
            return found
    return None


def _sounds(word: str, rights: tuple[str, ...], limit: int) -> bool:
    return len(word) > 3 and any(
        word[0] == right[0] and near(word, right, min(limit, len(right) // 3)) for right in rights
    )


def _digits(doc: Doc, index: int) -> Span | None:
    run: list[Token] = []
    for token in doc.tokens[index + 1 : index + 10]:
        if re.sub(r"[.,;-]", "", token.text).isdigit():
            run.append(token)
        elif run:
            break
    count = sum(char.isdigit() for token in run for char in token.text)
    return (run[0].start, run[-1].end) if run and 4 <= count <= 8 else None


def _answer(doc: Doc, index: int) -> Span | None:
    said = doc.tokens[index].mark.joins
    for at in range(index + 1, min(len(doc.tokens), index + REACH)):
        token = doc.tokens[at]
        if said and token.mark.word not in words.STOP and token.mark.core.isalpha() and len(token.mark.core) > 2:
            return _span(token)
        said = said or token.mark.word in _SAYS or token.text[-1] in ":="
        if token.text[-1] in ".?!;":
            return None
    return None
