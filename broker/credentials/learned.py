"""What no rule names: a passage whose words, taken together, are like those that gave a login away (rules).

A linear model over the signs of a passage, trained on the open corpus by `tests/fixtures/credentials/train.py`. Its
weights are data of this program, read once with its code. Nothing of it is structural: a second person may let a text
through that it took for one.
"""

import itertools
import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence, Set

from broker.credentials import letters
from broker.credentials.model import COMMON, MODEL
from broker.credentials.signs import Sentence, Sign, between, of, sentences, some_sentences
from broker.credentials.tokens import PAGES, SENT, Doc, Token

WHOLE = 40  # signs of a text that is read as one
PASSAGE = 25  # signs that are read together of a longer one
LONGEST = 3_000  # characters of a message; of letters and reports, which are longer, each paragraph is read alone
HEAD = 4  # lines of names with values, from which on a text is a list of them
PROSE = 4  # words of a passage: a form's names with their values are read by the rules
LEAST_WORDS = 2  # that speak of something, and twice as many as runs: chance writes one of them into an id now and then
UNLIKE = -0.44  # below it a text is taken for a near miss, whatever a rule of words says; chosen by `--apart`
# Rules that know words and not their meaning: of what they find on texts of others one of thirty was none.
DOUBTED = frozenset(
    {"label.sentence", "label.trailing", "label.recited", "hint.described", "hint.unnamed"}
    | {"hint.spelled", "pin.value", "access.handed", "access.prose", "answer.kept", "answer.security"}
    | {"code.one_time", "secret.weighed"}
)
_PROGRAMS = frozenset({"api_json", "nectar_call", "csv_upload", "url_param"})
SPOKEN = 6  # words of what comes from a program, from which on they may deny what a rule finds: fewer say too little
AMONG_RUNS = 0.4  # how much surer beside a program's run: a foot of our own page between two hashes came near a login
BY_ITSELF = 0.4  # from which on a sentence is so like a login that what stands around it says nothing against it
IN_MESSAGE = -0.2  # the same in a text that is not read as one: of a letter little speaks of what one sentence does
# How much the second opinion counts (of letters), and the most that it may say either way; `MOST` is all it may change.
SHARE, SUREST = 0.5, 1.6
MOST = SHARE * SUREST
WIDER = 0.08  # how much surer it has to be for each doubling of the passages: each is another chance to be wrong

_WEIGHTS: dict[str, int] = {  # in hundredths
    sign: weight for weight, signs in MODEL["weights"] for sign in signs.split("|")
}
_KNOWN = frozenset(_WEIGHTS)  # of two sets what both hold is found in half the time that a dictionary takes
_BIAS: float = MODEL["bias"]
ENOUGH: dict[str, float] = MODEL["enough"]  # by inlet; of all others ""

Part = tuple[int, int, Sentence]


def found(doc: Doc) -> tuple[int, int] | None:
    """Give the sentence that is most like one that gave a login away, where a passage is like enough to them."""
    if doc.whole > PAGES or _is_list(doc.text) or _is_of_programs(doc.text) or _is_page(doc.text):
        return None
    if "\\u" in doc.text and _ESCAPED.search(doc.text):
        return None  # a name with an accent, as programs write it: without its escapes it is read once more
    if "?" in doc.text and (doc.inlet == "url_param" or _ADDRESS.fullmatch(doc.text)):
        return _in_address(doc)
    # The subject of an answer is ours, and is read among the headers by itself: it says nothing about the words below.
    subject = _ANSWERED.match(doc.text) if doc.inlet == "email_reply" else None
    if subject is None:
        return _found(doc)
    span = _found(Doc(doc.text[subject.end() :], doc.inlet))
    return None if span is None else (subject.end() + span[0], subject.end() + span[1])


_ANSWERED = re.compile(r"(?i)(?:re|fwd?|rv)\s?: [^\n]{0,200}\n")


def _in_address(doc: Doc) -> tuple[int, int] | None:
    """Read what stands behind the question mark, whole and each parameter by itself: as a view gets it."""
    path, _, query = doc.text.partition("?")
    query = query.replace("+", " ")
    at = len(path)
    for number, piece in enumerate((query, *(query.split("&") if "&" in query else ()))):
        span = _found(Doc(f"?{piece}", "url_param"))
        if span is not None:
            return at + span[0], at + span[1]
        at += len(piece) + 1 if number else 0
    return None


def _found(doc: Doc) -> tuple[int, int] | None:
    passages = list(_passages(doc))
    near = [] if doc.whole > LONGEST or doc.inlet in _PROGRAMS else closer(_parts(doc))
    chances = max(1, len(passages) * doc.whole // max(1, len(doc.text)))
    enough = ENOUGH.get(doc.inlet, ENOUGH[""]) + WIDER * math.log2(chances)
    read: set[tuple[int, ...]] = set()
    for passage in itertools.chain(passages, near):
        said = [sentence for _, _, sentence in passage]
        if (same := tuple(map(id, said))) in read:
            continue
        read.add(same)
        surer = enough + (AMONG_RUNS if _has_run(passage) else 0)
        if _speaks(passage) and _is_like(doc.text, passage, score(said) - surer):
            start, end, _ = max(passage, key=lambda part: score([part[2]]))
            return start, end
    return None


def _is_like(text: str, passage: list[Part], by_words: float) -> bool:
    """Say whether a passage is like enough to a login, by its words, and by its letters where these may decide."""
    if abs(by_words) > MOST:
        return by_words > 0
    return by_words + _by_letters(text, passage) > 0


def _by_letters(text: str, passage: list[Part]) -> float:
    """Give what the second opinion adds: it may tip the scales, and no more."""
    return SHARE * max(-SUREST, min(SUREST, letters.opinion(text[passage[0][0] : passage[-1][1]])))


def denies(doc: Doc, at: int) -> bool:
    """Say whether what stands around a place is so unlike a login that a rule which knows words only is wrong there."""
    parts = _parts_around(doc, at)
    if doc.inlet not in _PROGRAMS:  # where people write, a hash beside their words says nothing about them
        parts = [part for part in parts if not part[2].counted[2] or part[0] <= at < part[1]]
    elif sum(part[2].counted[0] for part in parts) < SPOKEN:
        return False
    if not parts:
        return False
    first = max((number for number, part in enumerate(parts) if part[0] <= at), default=0)
    # A code of ours is told by the mail around it.
    as_one = doc.inlet in SENT or sum(len(part[2]) for part in parts) <= WHOLE
    own = parts[first][2]
    if score([own]) > (BY_ITSELF if as_one or own.counted[0] < PROSE else IN_MESSAGE):
        return False
    last, length = first + 1, len(parts[first][2])
    while length < WHOLE and (first or last < len(parts)):
        if first:
            first -= 1
            length += len(parts[first][2])
        if last < len(parts):
            length += len(parts[last][2])
            last += 1
    around = parts[first:last]
    return not _is_like(doc.text, around, score([sentence for _, _, sentence in around]) - UNLIKE)


def score(passage: Sequence[Sentence]) -> float:
    """Say how like a passage is to those that gave a login away: above what its inlet needs, it is taken for one."""
    said = [sentence for sentence in passage if sentence]
    joints = between(said)
    # Whole numbers, so that the order of a set changes nothing.
    telling = _KNOWN.intersection(joints).union(*map(_telling, said))
    signs = len(of(said)) if len(said) > 1 else sum(len(sentence.own) for sentence in said) + len(joints)
    return _BIAS + sum(map(_WEIGHTS.__getitem__, telling)) / (100 * math.sqrt(max(1, signs)))


def _telling(sentence: Sentence) -> Set[str]:
    """Give those signs of a sentence that weigh something, which are few; they are looked up once for all passages."""
    if sentence.telling is None:
        sentence.telling = _KNOWN & sentence.own
    return sentence.telling


def is_common(word: str) -> bool:
    """Say whether a folded word stands in many lines of the corpus, and so is hardly a name or a secret."""
    return word in COMMON


# What programs keep of a file (XMP) begins so. Without its tags it is read once more, and then by the model too.
_XML = re.compile(r"\s{0,20}<\?(?:xpacket|xml)\b")
# What a program says of itself (RFC 9110, section 10.1.5): products with their versions, remarks in brackets.
_AGENT = re.compile(r"[\w.-]++/[\w.+-]++(?: (?:[\w.-]++(?:/[\w.,+-]*+)?|\([^()\n]{0,200}+\)|\[[^][\n]{0,400}+\]))++")
# The page or program from which a browser comes, by its address alone: what stands behind a question mark is read.
_PLACE = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^\s?#]{0,500}")
# The same with its filters: each parameter is read by itself.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{0,20}://\S{1,2000}")
_ESCAPED = re.compile(r"\\u[0-9A-Fa-f]{4}")
_HEADER = re.compile(r"(?:[A-Z][A-Za-z]*+(?:-[A-Z][A-Za-z0-9]*+)++|Received): ")
_NAMED = re.compile(r"(?m)^[A-Za-z][\w-]{0,40}: ")


# A line of a receipt of the log (c2sp.org/tlog-checkpoint, tlog-proof), its first with the name of the form's field;
# hashes may be joined, as what fills one up is taken for a soft break. Most of it was written by chance.
_OF_RECEIPT = re.compile(
    r"(?:[a-z]{1,20}: )?(?:c2sp\.org/tlog-proof@v\d|[\w.:/+-]{1,100})|(?:extra|index) [\w+/=]{1,400}|\d{1,20}|"
    r"[\w+/]{43,900}=?|[-\u2014] [\w.:/+-]{1,100} [\w+/=]{40,400}"
)
_ROOT = re.compile(r"\n\d{1,20}\r?\n[\w+/]{43}=\r?\n\r?\n[-\u2014] ")


def _is_receipt(text: str) -> bool:
    lines = filter(None, map(str.strip, text.split("\n")))
    return _ROOT.search(text) is not None and all(map(_OF_RECEIPT.fullmatch, lines))


def _is_of_programs(text: str) -> bool:
    """Say whether programs wrote it for each other: names, addresses, what they keep of a file, styles and scripts."""
    if _is_receipt(text):
        return True
    if _AGENT.fullmatch(text) or _PLACE.fullmatch(text) or _XML.match(text):
        return True
    lines = [line for line in map(str.rstrip, text.split("\n")) if line]
    return len(lines) > 2 and 2 * sum(line[-1] in ";{}" for line in lines) > len(lines)


_LAID_OUT = re.compile(
    r"(?i)<(?:blockquote|body|center|div|font|h[1-6]|html|img|p|span|table|td|th|tr)"
    r"(?:\s{1,9}+[a-z][\w:-]{0,40}+=(?:3D)?(?:\"[^\"<>]{0,400}+\"|'[^'<>]{0,400}+'|[^\s\"'<>]{1,100}+)){1,20}+\s{0,9}+/?>"
)
TAGS = 3  # with a style or a width each: from so many on it is a page, and no sentence with something marked in it


def _is_page(text: str) -> bool:
    """Say whether programs wrote this page: without its tags it is read once more, and there by the model."""
    return sum(1 for _ in itertools.islice(_LAID_OUT.finditer(text), TAGS)) == TAGS


def _is_list(text: str) -> bool:
    """Say whether these are names with their values, as in the head of a mail: programs wrote most of them."""
    named = len(_NAMED.findall(text))
    return _HEADER.match(text) is not None or (named >= HEAD and 2 * named > text.count("\n"))


def _speaks(passage: list[Part]) -> bool:
    counted = [sentence.counted for _, _, sentence in passage]
    if sum(said for said, _, _ in counted) < PROSE:
        return False
    return sum(names for _, names, _ in counted) >= max(LEAST_WORDS, 2 * sum(runs for _, _, runs in counted))


def _has_run(passage: list[Part]) -> bool:
    return any(sentence.counted[2] for _, _, sentence in passage)


def _parts(doc: Doc) -> list[Part]:
    """Give the sentences of a text, cut when they are first asked for."""
    if doc.sentences is None:
        doc.sentences = _each_once(sentences(doc.tokens, doc.text), {})
    return doc.sentences


def _each_once(parts: Iterable[Part], known: dict[tuple[Sign, ...], Sentence]) -> list[Part]:
    """Give what is said again as the same sentence."""
    return [(start, end, known.setdefault(tuple(each), each)) for start, end, each in parts]


LINE = 32_000  # characters of a line on either side of a place, from which on it is cut at a blank
AROUND = 2_000  # characters on either side of a place, of which a long text is cut into sentences first


def _parts_around(doc: Doc, at: int) -> list[Part]:
    """Give the sentences of a text, of a long one those around a place: as many as may say what it is about."""
    if doc.sentences is not None or len(doc.text) <= PAGES:
        return _parts(doc)
    reach, text = AROUND, doc.text
    while True:
        head, tail = text.rfind("\n", 0, max(0, at - reach)) + 1, text.find("\n", at + reach)
        # A line without an end is no sentence of a person's: what stands near the place is read.
        if at - head > LINE:
            head = text.rfind(" ", head, at - reach) + 1 or head
        if (len(text) if tail < 0 else tail) - at > LINE:
            tail = text.find(" ", at + reach)
        if head == 0 and tail < 0:
            return _parts(doc)
        first = bisect_left(doc.tokens, head, key=_start)
        some = doc.tokens[first : bisect_left(doc.tokens, tail, key=_start) if tail >= 0 else None]
        parts = list(some_sentences(some, text) if first else sentences(some, text))
        behind = next((number for number, part in enumerate(parts) if part[0] > at), len(parts))
        own = parts[behind - 1][2] if behind else ()
        enough = len(own) > WHOLE or all(
            reached or sum(len(part[2]) for part in side) >= WHOLE
            for reached, side in ((head == 0, parts[: max(0, behind - 1)]), (tail < 0, parts[behind:]))
        )
        if enough and sum(part[2].counted[0] for part in parts) >= SPOKEN:
            return parts
        reach *= 4


def _start(token: Token) -> int:
    return token.start


_EMPTY = re.compile(r"\n[ \t]*+\n")


def _paragraphs(doc: Doc, parts: list[Part]) -> Iterator[list[Part]]:
    """Give what stands between empty lines and is as short as a message."""
    first = 0
    for at in range(1, len(parts) + 1):
        if at == len(parts) or _EMPTY.search(doc.text, parts[at - 1][1], parts[at][0]):
            if sum(len(part[2]) for part in parts[first:at]) <= WHOLE:
                yield parts[first:at]
            first = at


def _short_paragraphs(doc: Doc) -> Iterator[list[Part]]:
    """Give the paragraphs of a letter or a report that are as short as a message; of the others no sentence is cut."""
    spoken = doc.tokens
    known: dict[tuple[Sign, ...], Sentence] = {}
    starts = [token.start for token in spoken]
    cuts = [bisect_left(starts, match.start()) for match in _EMPTY.finditer(doc.text)]
    for first, last in itertools.pairwise((0, *cuts, len(spoken))):
        if _is_long(spoken[first:last]):
            continue
        cut = some_sentences(spoken[first:last], doc.text) if first else sentences(spoken[:last], doc.text)
        parts = _each_once(cut, known)
        if parts and sum(len(part[2]) for part in parts) <= WHOLE:
            yield parts


_COUNTED = re.compile(r"[^\W\d_]|\d\d")  # a digit alone may be one sign with its neighbours


def _is_long(tokens: Iterable[Token]) -> bool:
    """Say whether words have surely more signs than are read as one: a letter is part of one, but in a form's name."""
    spoken = (token for token in tokens if token.mark.core.isalpha() or _COUNTED.search(token.text))
    return next(itertools.islice(spoken, WHOLE + 1, None), None) is not None


def _passages(doc: Doc) -> Iterator[list[Part]]:
    """Give the whole of a short text; of a longer one each paragraph, and of a message what follows each sentence."""
    if doc.whole > LONGEST and _is_long(doc.tokens):
        yield from _short_paragraphs(doc)
        return
    parts = _parts(doc)
    lengths = [len(part[2]) for part in parts]
    if sum(lengths) <= WHOLE:
        yield parts
        return
    yield from _paragraphs(doc, parts)
    if doc.whole > LONGEST:
        return
    for first in range(len(parts)):
        last, length = first + 1, lengths[first]
        while last < len(parts) and length + lengths[last] <= PASSAGE:
            length += lengths[last]
            last += 1
        yield parts[first:last]


def closer(parts: list[Part]) -> list[list[Part]]:
    """Give each sentence by itself, and with the next: in a message about bills one half sentence tells it."""
    if len(parts) < 2 or sum(len(part[2]) for part in parts) <= PASSAGE:
        return []
    return [parts[first : first + many] for first in range(len(parts)) for many in (1, 2)]
