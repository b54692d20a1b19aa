"""Plain words behind a label: where a word without digits or signs can only be the secret (rules)."""

from broker.credentials import words
from broker.credentials.labels import Label
from broker.credentials.shape import EMAIL, Level, is_mask, is_user_like
from broker.credentials.tokens import Doc, Token

Span = tuple[int, int]

NOT_THESE = words.listed(
    "reset resets rules policy policies hint hints manager managers "
    "field fields box requirements strength page hash hashing algorithm algorithms encryption length"
)
_NO_VALUES = words.STOP | words.PREDICATES | words.TROUBLES | words.REDACTED
_SENTENCE = words.STOP | words.PREDICATES | words.TROUBLES | words.listed("to the a and or by too very for so than")


_ARTICLES = words.listed("a an the this that un una el la los las este esta")


def plain_pair(doc: Doc, index: int, label: Label) -> Span | None:
    """`user rob password kettle`, or a line that is only `PW kettle`: a plain word right behind the label."""
    if index + 1 >= len(doc.tokens) or "\n" in doc.gap(index + 1):
        return None
    token = doc.tokens[index + 1]
    mark = token.mark
    if not mark.word.isalpha() or not 4 <= len(mark.word) <= 20 or mark.label or mark.access or mark.place:
        return None
    if mark.word in _NO_VALUES or "?" in token.text:
        return None
    if mark.word.endswith(("ed", "ing", "ado", "ada", "ido", "ida")) or mark.word in words.ID_NOUNS:
        return None
    last = index + 2 == len(doc.tokens) or "\n" in doc.gap(index + 2)
    alone = last and label is Label.STRONG and (index == 0 or "\n" in doc.gap(index))
    beside = label is Label.STRONG or last or mark.closes or token.text[-1] in ",;)"
    return span(token) if alone or (beside and user_before(doc, index)) else None


def user_before(doc: Doc, index: int) -> bool:
    """A user name was just given: a word for one and then a name, or an e-mail address."""
    near = doc.tokens[max(0, index - 7) : index]
    if any(token.mark.closes and token.text[-1] != ";" for token in near[-1:]):
        return False
    if any(EMAIL.fullmatch(token.mark.core) for token in near[-4:]):
        return True
    named = [at for at, token in enumerate(near) if token.mark.user]
    if named and "\n" in doc.gap(index) and named[-1] == len(near) - 2 and near[-1].mark.word not in words.STOP:
        return True  # two lines of a form: a word for a user name and one word
    return any(
        token.mark.level >= Level.NAME or is_user_like(token.mark.core)
        for at in named[:1]
        for token in near[at + 1 : at + 4]
        if token.mark.word not in words.STOP
    )


def said_plainly(doc: Doc, index: int, far: int, label: Label) -> bool:
    """`my password is bluebird`: one plain word that ends the sentence and says nothing about the password."""
    token, before = doc.tokens[index + far], doc.tokens[index + far - 1]
    mark = token.mark
    if before.mark.user:
        return False
    if before.mark.word not in ("is", "es", "=", "was") and not (before.mark.joins and far > 1):
        return False
    own = bool({"mi", "nuestra", "la", "tu", "su"} & set(doc.words(index - 1, index)))
    if (
        label is Label.WEAK and not (doc.has_access or own or doc.says("under ", "log in", "sign in", " name "))
    ) or any(w in NOT_THESE for w in doc.words(index + 1, index + far)):
        return False
    if mark.word in words.STOP or mark.word in words.PREDICATES or mark.label or mark.user or mark.level < Level.PLAIN:
        return False
    if mark.word in words.REDACTED or is_mask(token.text):
        return False
    if "?" in doc.text[token.start : token.end + 1]:
        return False
    last = (
        mark.closes
        or index + far + 1 == len(doc.tokens)
        or token.text[-1] in ",)\"'"
        or "\n" in doc.gap(index + far + 1)
    )
    if mark.word.isdigit():
        return last and 4 <= len(mark.word) <= 12
    quoted = token.text[0] in "\"'“"
    return (
        (last or quoted)
        and mark.word.isalnum()
        and not mark.word[0].isdigit()
        and len(mark.word) >= 4
        and not mark.word.endswith(("ed", "ing", "able", "ado", "ada", "ida", "ido"))
    )


def recited(doc: Doc, index: int) -> bool:
    """`our passphrase is barn owl eats corn`: behind a word for a secret some plain words that are no sentence."""
    phrase = "phrase" in doc.tokens[index].mark.word or "frase" in doc.tokens[index].mark.word
    if doc.tokens[index].mark.label is not Label.STRONG:
        return False
    said = []
    for token in doc.tokens[index + 2 : index + 9]:
        said.append(token.mark.word)
        if token.mark.closes:
            break
    plain = [word for word in said if word.isalpha() and word not in words.NEGATIONS]
    if not 3 <= len(said) <= 7 or plain != said or said[0] in words.STOP | words.PREDICATES:
        return False
    return phrase or not any(
        word in _SENTENCE or (len(word) > 4 and word.endswith(("ed", "ing", "ly"))) for word in said
    )


def set_apart(doc: Doc, index: int) -> bool:
    """`new pw per member 'harvestmoon'`: one plain word in quotes."""
    token = doc.tokens[index]
    word = token.mark.word
    if index and doc.tokens[index - 1].mark.word in _ARTICLES:
        return False  # for a "rebate"
    return (
        token.text[0] in "\"'"
        and token.text.rstrip(".,;!")[-1:] == token.text[0]
        and word.isalpha()
        and len(word) >= 5
        and word not in _SENTENCE
        and not word.endswith(("ed", "ing"))
    )


def span(token: Token) -> Span:
    """Give where a word stands, without the punctuation around it."""
    start = token.start + token.text.find(token.mark.core)
    return start, start + len(token.mark.core)
