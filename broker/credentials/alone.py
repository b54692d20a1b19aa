"""A user name and one plain word, or a word behind its label, and nothing else said (rules).

In a sentence such a word may be anything. Alone, in what a person writes to us, it is there to be tried.
"""

import re

from broker.credentials import words
from broker.credentials.labels import fold, label_of
from broker.credentials.lexicon import CLASS_OF
from broker.credentials.shape import EMAIL, Level, is_user_like
from broker.credentials.tokens import Doc, Token

Span = tuple[int, int]

BY_PEOPLE = frozenset({"web_form", "email_reply", "admin_note", "pdf_upload"})
LONGEST = 120  # characters of such a text
MOST_BEFORE = 5  # words before the name that say where it is used
LEAST = 4  # letters of the word
# What a ticket, a test, a key of a table or a rate may be, and how an account or a mailbox may stand.
KINDS = words.listed(
    """monthly weekly daily yearly annual season seasonal single double first second third final partial complete
    general pending ready public private commercial residential industrial farm agricultural standard basic premium
    regular important urgent parking boarding fishing hunting temporary total mensual semanal diario anual residencial
    comercial agricola agricultura irrigacion riego importante urgente pendiente completa completo publica privada
    estandar basica normal primera segunda tercera temporada temporal unica doble simple nacional federal estatal
    municipal active inactive verified bounced primary personal business main alternate backup shared missing blank
    activo activa inactivo principal trabajo alterno compartido"""
)
# Meanings of words that somebody chooses: things, animals, colors.
_CHOSEN = frozenset({"stuff", "pet", "color", ""})
_GLUED = re.compile(rf"({EMAIL.pattern})[:/|;,]{{1,2}}([^\W\d_]{{4,40}})")
_ENDS_OF_ACTS = ("ed", "ing", "ado", "ada", "ido", "ida", "aron", "ieron")
_BETWEEN = words.listed("and then y luego plus con with e")
_OF_MAIL = words.listed(
    """mail email e-mail correo contact contacto cc bcc from to de para attn write reply send escriba escribir copy
    copia owner name nombre"""
)


def is_chosen(word: str) -> bool:
    """Say whether a plain word may be somebody's secret: it says nothing about an account, a ticket or a mailbox."""
    folded = fold(word)
    return (
        word.isalpha()
        and folded not in words.EVERYDAY | words.STOP | words.PREDICATES | words.NEGATIONS | KINDS
        and CLASS_OF.get(folded, "") in _CHOSEN
        and label_of(folded) is None
    )


def two(doc: Doc) -> Span | None:
    """`SmartHub: rob@mill.example / bluebird`, `rob.west bluebird`, and nothing else."""
    tokens = doc.tokens
    if doc.inlet not in BY_PEOPLE or len(doc.text) > LONGEST or not 1 <= len(tokens) <= MOST_BEFORE + 4:
        return None
    if (glued := _GLUED.fullmatch(doc.text.strip())) is not None:
        start = doc.text.rindex(word := glued[2])
        return (start, start + len(word)) if is_chosen(word) and not _is_of(fold(word), fold(glued[1])) else None
    at = next((index for index, token in enumerate(tokens) if _is_user(token)), None)
    if at is None or at > MOST_BEFORE or at + 2 > len(tokens):
        return None
    between, last = [token.mark for token in tokens[at + 1 : -1]], tokens[-1]
    if len(between) > 1 or any(any(map(str.isalnum, each.core)) and each.word not in _BETWEEN for each in between):
        return None
    if doc.inlet != "email_reply" and "\n" in doc.text[tokens[at].end : last.start]:
        return None  # two fields of a form, which are read as lines
    if "@" not in tokens[at].text and ("=" in doc.text[tokens[at].start : last.start] or tokens[at].mark.joins):
        return None  # a setting of a program, or a field of a form and what stands in it
    before = [token.mark for token in tokens[:at]]
    if any(each.word in _OF_MAIL for each in before):
        return None
    word, user = last.mark.core, fold(tokens[at].mark.core)
    is_placed = any(each.access or each.place for each in before)
    least = LEAST if "@" in user or is_placed else LEAST + 1
    if len(word) < least or not is_chosen(word) or _is_of(fold(word), user):
        return None
    if is_placed:
        return _span(last)
    if fold(word).endswith(_ENDS_OF_ACTS):
        return None  # what somebody did
    if between or tokens[at].text != tokens[at].mark.core:
        return _span(last)
    # With a blank alone between them: who was written to, a name and a surname.
    return None if before or ("@" not in user and word.istitle()) else _span(last)


def _is_user(token: Token) -> bool:
    inner = token.mark.core
    return EMAIL.fullmatch(inner) is not None or (is_user_like(inner) and token.mark.level <= Level.NAME)


def _is_of(word: str, user: str) -> bool:
    """Say whether a word is a piece of the name, as whoever signs with it has one."""
    return word in user or any(len(part) >= LEAST and part in word for part in user.replace("@", ".").split("."))


def _span(token: Token) -> Span:
    start = token.start + token.text.find(token.mark.core)
    return start, start + len(token.mark.core)
