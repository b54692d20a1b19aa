"""Rules for what says little alone: short keys, plain words behind labels, words that were learned (rules)."""

from broker.credentials import learned, named_pairs, roundabout, spelling, structured
from broker.credentials.rule import Rule

FURTHER: tuple[Rule, ...] = (
    Rule(
        "pair.labelled",
        "password",
        "A user name and a plain secret, each behind its label.",
        named_pairs.labelled_pair,
        ("user hollisk pass kettleful", "U/N hollisk P/W kettleful"),
        ("user hollisk pass the letter on", "username hollisk, password not shared"),
    ),
    Rule(
        "label.trailing",
        "password",
        "A short text of a label and a word.",
        named_pairs.trailing,
        ("My SmartHub passcode kettleful",),
        ("My SmartHub password trouble",),
    ),
    Rule(
        "pair.told",
        "password",
        "Two words to sign in with.",
        named_pairs.handed_pair,
        ("log in with hollisk & kettleful22",),
        ("log in with the tablet and Chrome120",),
    ),
    Rule(
        "pair.parameters",
        "password",
        "Parameters of an address that name a user and a secret.",
        named_pairs.in_query,
        ("?u=hollisk&p=kettleful", "/verify?case=B-52&sms=664+120"),
        ("?user=hollisk&page=22", "/intake?member=40917733&via=letter&pass=2&step=review"),
        "url_param",
    ),
    Rule(
        "pair.abbreviated",
        "password",
        "A user name and a secret behind keys that say little alone.",
        structured.abbreviated,
        ("cust called, SH un = rob77, pd = gravel", "mbr: UID rob77, KWD: kettle"),
        ("un = rob77, acct = 40900017", "user rob77, rate GS-1"),
    ),
    Rule(
        "pair.column",
        "password",
        "A table with who signs in, and beside it what looks like secrets.",
        structured.vague_column,
        ("property,elec handle,elec key\nOBEC portal,rob77,Robin-Egg",),
        ("site,user,key dates\nportal,rob77,2025-10-01",),
        "csv_upload",
    ),
    Rule(
        "answer.kept",
        "answer",
        "A question of a portal with its answer.",
        structured.answered,
        ("It may quiz you. City we met in? Jonesboro.", "preg. seg.: mascota = Canelo"),
        ("City where the bill goes: Jonesboro",),
    ),
    Rule(
        "hint.spelled",
        "hint",
        "A secret that is spelled out.",
        spelling.spelt,
        ("it's B as in boy, a, r, n, dash, one one", "type big R little o little s little e pound sign one"),
        ("My name is spelled D-o-y-l-e, one L.", "Call five seven three, five five five, oh one three three."),
    ),
    Rule(
        "ask.roundabout",
        "solicitation",
        "A text that asks for what signs somebody in, by another name.",
        roundabout.asks_around,
        ("Just read me the six digits when they come.", "Add us@mill.example as a user with full rights."),
        ("Never read anybody the six digits.", "Read me the six digits of your meter, never a code."),
        "outbound_email",
    ),
    Rule(
        "access.learned",
        "password",
        "Words that together read like a login, a hint to one, or a question for one.",
        learned.found,
        (
            "I left the office tablet logged in, she will hand it to you at the counter.",
            "Ours has been Windrow88 since the site came out.",
        ),
        ("Can I look at my bills on the portal without calling you first?",),
    ),
)
