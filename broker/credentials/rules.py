"""The rules of the gate, in the order in which they are tried; each says why in plain words (rules)."""

from collections.abc import Callable
from dataclasses import dataclass

from broker.credentials import answers, asks, codes, handover, hints, labelled, machine, pairs, phrases, tables, weigh
from broker.credentials.tokens import Doc


@dataclass(frozen=True)
class Rule:
    """One thing that the gate looks for."""

    id: str
    kind: str
    why: str
    find: Callable[[Doc], tuple[int, int] | None]
    blocked: tuple[str, ...]  # examples, run as tests
    passed: tuple[str, ...] = ()
    inlet: str = "web_form"  # where the examples come in


RULES: tuple[Rule, ...] = (
    Rule(
        "url.userinfo",
        "password",
        "A web address with a user name and a password in it.",
        machine.userinfo,
        ("try https://bob:Gravel_9@portal.example/ui",),
        ("see https://portal.example:8443/ui",),
    ),
    Rule(
        "header.bearer",
        "token",
        "A header or token that signs its holder in.",
        machine.bearer,
        (
            "Authorization: Bearer a8Kd.02mmQz-77",
            "from the page: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtIn0.c211c2225a47",
        ),
        ("The bearer of this letter may collect the meter.",),
    ),
    Rule(
        "cookie.session",
        "session",
        "A cookie or key of somebody's session.",
        machine.cookie,
        ("JSESSIONID=77AB01CC93F0; path=/", "JSESSIONID=b4ebbc0723cb07b917d31327Qx"),
        ("Our page uses one session cookie and nothing else.",),
    ),
    Rule(
        "query.token",
        "token",
        "A token in the parameters of an address.",
        machine.in_query,
        ("?token=9f8a7b6c5d4e3f2a1b0c",),
        ("?token=none",),
        "url_param",
    ),
    Rule(
        "otpauth.seed",
        "one_time_code",
        "The seed of an authenticator.",
        machine.otpauth,
        ("otpauth://totp/Coop:rob?secret=MFRGGZDFMZTWQ2LK",),
        ("the authenticator is on my other phone",),
    ),
    Rule(
        "link.recovery",
        "link",
        "A link that lets its holder in.",
        machine.recovery,
        ("https://portal.example/reset?token=9f8a7b6c5d4e3f2a",),
        ("https://broker.example/share/open/9f8a7b6c5d4e3f2a/",),
    ),
    Rule(
        "table.column",
        "password",
        "A table with a column of passwords that is filled.",
        tables.column,
        ("site,user,password\nmill,rob,Gravel",),
        ("site,user,password\nmill,rob,",),
    ),
    Rule(
        "label.value",
        "password",
        "A word for a password with a value behind it.",
        labelled.with_separator,
        ("password: Gravel9", "Clave = Arroyo7", "pwd\nGravel9", "username=hollis.farm password=gravel"),
        ("password: not shared", "Password: ____", "Username:\nPassword:\n"),
    ),
    Rule(
        "label.phrase",
        "password",
        "Words that name a password, with a value behind them.",
        phrases.named,
        ("secret word: Gravel9", "palabra secreta: Arroyo"),
        ("There is no secret word.",),
    ),
    Rule(
        "label.recited",
        "password",
        "A password of plain words.",
        phrases.recited,
        ("passphrase he gave: winter wheat by easter", 'we use the phrase "corn sells in may" to sign in'),
        ('the line "forgot your password" is under the sign in box', "the password is the word of mouth kind"),
    ),
    Rule(
        "label.sentence",
        "password",
        "A sentence that says what a password is.",
        labelled.in_sentence,
        (
            "my password for the site is Gravel9",
            "Gravel9 is the password",
            "password for the electric website is: cobalt",
        ),
        ("my password is wrong", "the password page asks for my meter AB1234567"),
    ),
    Rule(
        "pin.value",
        "pin",
        "A PIN and its digits.",
        codes.pin,
        ("my PIN is 4471",),
        ("The parcel PIN is 4471", "a pin oak, 40 feet"),
    ),
    Rule(
        "code.one_time",
        "one_time_code",
        "A one-time code.",
        codes.one_time,
        ("the verification code is 448812",),
        ("ZIP code 63953", "our rate code is 4488"),
    ),
    Rule(
        "code.said",
        "one_time_code",
        "A code in words.",
        codes.said,
        ("the login code is four one seven two nine six",),
        ("one, two or three bills, the code does not matter",),
    ),
    Rule(
        "pair.email",
        "password",
        "An e-mail address with a secret right behind it.",
        pairs.implicit,
        ("rob@mill.example Gravel$9", "hollis@mill.example/Orchid47!"),
        ("rob@mill.example 573-555-0199",),
    ),
    Rule(
        "pair.slash",
        "password",
        "A user name and a secret, parted by a sign.",
        pairs.slashed,
        ("web login rob77 / Gravel!Road", "here's my stuff: hollis56 / orchid99"),
        ("kWh/month and Irr/Gs1",),
    ),
    Rule(
        "pair.adjacent",
        "password",
        "A user name and a secret, side by side.",
        pairs.adjacent,
        ("portal: rob77 Gravel9", "Farm numbers\n\nFSA farm 4471\nOBEC web hollisk Gravel9\nTractor dealer Mon to Fri"),
        ("portal: rob77, meter AB1234567",),
    ),
    Rule(
        "pair.bare",
        "password",
        "A user name and a secret in one breath.",
        pairs.bare,
        ("mill; rob77 Gravel!9",),
        ("user rob77, rate GS-1",),
        "csv_upload",
    ),
    Rule(
        "pair.initials",
        "password",
        "A user name and a secret behind short labels.",
        phrases.initials,
        ("u: rob77 p: kettle", "id: rob.mill\nkey: Gravel9"),
        ("p: 573-555-0144", "unit: 4 part: 12"),
    ),
    Rule(
        "access.prose",
        "password",
        "Talk of signing in, with what looks like a secret.",
        pairs.in_prose,
        ("just sign in, we use Gravel9 there", "Per Mr. Ott the website takes his cell number and Gravel9"),
        ("we sign in on a Dell with Windows11",),
    ),
    Rule(
        "secret.weighed",
        "password",
        "A word that looks like a password, beside words that speak of signing in.",
        weigh.weighed,
        ("go ahead and hop on with dale_r and Combine2388", "maybe you have luck with Gravel40 on that website"),
        ("the page does not load in Chrome120", "my user name there is rob77"),
    ),
    Rule(
        "hint.described",
        "hint",
        "A password that is described or spelled out.",
        hints.hints,
        ("my password is my dog's name and his birth year", "password is the same as my garage code"),
        ("my password is never shared",),
    ),
    Rule(
        "hint.unnamed",
        "hint",
        "A secret that is described or spelled without being named.",
        hints.described,
        (
            "use my middle name and the birth year to sign in",
            "the secret is peaches with a 3 for the e",
            "it's just my birthday backwards",
        ),
        ("use my middle name on the form and sign in later", "the meters A, B, C, D, E on that page, five in all"),
    ),
    Rule(
        "answer.security",
        "answer",
        "The answer to a security question.",
        answers.answers,
        ("security answer: Rover", "if it asks, mother's maiden name is Walnut"),
        ("It asks a security question every time.",),
    ),
    Rule(
        "access.handed",
        "access",
        "Access handed over as a further user or on a signed-in device.",
        handover.hands_over,
        ("I added you as an additional user on my SmartHub",),
        ("We never let you add us as an additional user.",),
    ),
    Rule(
        "ask.credentials",
        "solicitation",
        "A text that asks for a login.",
        asks.asks,
        ("Please send us your SmartHub password.",),
        ("We will never ask you to send your password.",),
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
_UNCHECKED = "A text that could not be checked to its end."


def why(rule: str) -> str:
    """Give a rule's reason in plain words."""
    return BY_ID[rule].why if rule in BY_ID else _UNCHECKED
