"""The log's vocabulary: append-only tables of acts, results, roles, purposes and object types.

A row here is written into sealed headers for ever: rows are added, never changed, renumbered or removed.
"""

from typing import NamedTuple

from broker.audit import words_of_duties


class Act(NamedTuple):
    """What happened: the header carries the name, the column the number."""

    name: str
    number: int
    meaning: str


_ACTS = (
    # consent 1-49
    Act("consent.granted", 1, "A customer signed a consent"),
    Act("consent.declined", 2, "A customer chose not to share"),
    Act("consent.revoked", 3, "A customer stopped a consent"),
    Act("consent.viewed", 4, "Consents of a customer were shown"),
    Act("consent.expired", 5, "A consent reached its end date"),
    Act("consent.changed", 6, "A consent changed its state"),
    Act("consent.superseded", 7, "A consent was replaced by a newer one"),
    Act("consent.suspended", 8, "A consent was suspended"),
    Act("consent.resumed", 9, "A suspended consent came back into force"),
    Act("consent.reminded", 10, "A customer was told of a consent that goes on: its end, its use"),
    Act("consent.confirmed", 11, "A further holder of the account confirmed a consent"),
    Act("consent.refused", 12, "A consent could not be granted"),
    Act("consent.step", 13, "A customer took a step of the grant"),
    Act("consent.disputed", 14, "Somebody disputed a consent"),
    Act("consent.preferred", 19, "A customer chose the way by which data should come"),
    Act("electronic.withdrawn", 20, "A customer withdrew the agreement to electronic records"),
    Act("electronic.printed", 21, "A notice was sealed, to be posted on paper"),
    Act("electronic.posted", 22, "A notice went out by post"),
    Act("electronic.agreed", 23, "A customer agreed anew to electronic records, after their needs had changed"),
    Act("draft.saved", 30, "A step of an unfinished grant was sealed"),
    Act("draft.read", 31, "An unfinished grant was opened again"),
    Act("draft.deleted", 32, "An unfinished grant was given up or expired"),
    # letter 50-79
    Act("letter.prepared", 50, "The letter was rendered and frozen before signing"),
    Act("letter.shown", 51, "The frozen letter was shown to its signer"),
    Act("letter.sealed", 52, "The signed letter was sealed"),
    Act("letter.read", 53, "A letter was opened"),
    Act("letter.sent", 54, "A letter was sent"),
    Act("letter.verified", 55, "A letter was checked"),
    Act("letter.archived", 56, "The archival copy of a letter was made"),
    Act("letter.revoked", 57, "A letter lost its force"),
    Act("letter.refused", 58, "A letter could not be sealed"),
    Act("letter.released", 70, "The utility said that it released data under a letter"),
    Act("letter.code_sent", 71, "A code was mailed to the utility, to confirm its member"),
    Act("letter.code_failed", 72, "A wrong or old code of the utility was entered"),
    # code and link 80-99
    Act("code.sent", 80, "A link and code were mailed to an address that is to be proven"),
    Act("code.accepted", 81, "A code was right: the address is proven"),
    Act("code.failed", 82, "A wrong or old code was entered"),
    Act("link.opened", 83, "A mailed link was opened"),
    Act("link.expired", 84, "A mailed link was used up or too old"),
    # auth 100-129
    Act("auth.login", 100, "Somebody signed in"),
    Act("auth.failed", 101, "A sign-in failed"),
    Act("auth.locked", 102, "A login was locked after failures"),
    Act("auth.logout", 103, "Somebody signed out"),
    Act("auth.key_used", 104, "An application signed in with its key"),
    Act("auth.key_failed", 105, "An unknown, expired or revoked key was presented"),
    Act("auth.foreign", 106, "Something was asked for that belongs to others"),
    Act("auth.factor", 107, "A fresh factor was asked for or given"),
    Act("auth.enrolled", 108, "A login was enrolled"),
    Act("auth.revoked", 109, "A login, session or key was revoked"),
    # parties 130-159
    Act("parties.created", 130, "A user, organisation, application, customer or account was recorded"),
    Act("parties.changed", 131, "A user, organisation, application, customer or account changed"),
    Act("parties.read", 132, "Personal facts of a customer or account were opened"),
    Act("parties.removed", 133, "A user, organisation, application, customer or account was taken out of use"),
    Act("account.read", 140, "A utility account's facts were opened"),
    Act("account.fact", 141, "A fact of an account was recorded: closed, moved out, meter, prepaid"),
    # pull and request 160-229
    Act("pull.decided", 160, "An ask for data was decided"),
    Act("pull.refused", 161, "An ask for data was refused before a decision"),
    Act("pull.checked", 162, "An ask for data was decided as a dry run: nothing was asked for"),
    Act("request.created", 170, "A request was made"),
    Act("request.sent", 171, "A request was handed to the utility's server"),
    Act("request.delivery_evidence", 172, "Proof that a request arrived"),
    Act("request.withdrawn", 173, "A request was withdrawn"),
    Act("request.state", 174, "A request changed its state"),
    Act("request.read", 175, "A request was opened"),
    Act("request.failed", 176, "A request could not be sent"),
    Act("request.unproven", 177, "It is not known whether a request was sent"),
    Act("request.closed", 178, "A request ended"),
    Act("request.assigned", 179, "A request was given to a member of staff"),
    Act("request.note", 180, "A remark was written on a request"),
    Act("sla.due", 190, "An answer came due"),
    Act("sla.overdue", 191, "An answer is overdue"),
    Act("sla.follow_up", 192, "The utility was asked again"),
    Act("sla.recomputed", 193, "The dates of an answer were worked out anew, because a closing day changed"),
    Act("sla.promised", 194, "The utility named the day of its answer"),
    Act("calendar.changed", 195, "A closing day of a utility was added, opened or confirmed"),
    Act("sla.opened", 196, "From this day on an answer can be expected"),
    Act("sla.reminded", 197, "Staff were reminded of an answer that comes due"),
    Act("sla.unproven", 198, "An hour after its sending nothing proved that a request arrived"),
    Act("sla.told", 199, "The customer is told of the day that the utility named"),
    Act("sla.call", 200, "A call to the utility is to be made"),
    Act("sla.called", 201, "The utility was called"),
    Act("sla.decide", 202, "Two people have to decide how an unanswered request goes on"),
    Act("sla.decided", 203, "Two people decided to keep waiting for an answer"),
    # mail 230-249
    Act("mail.received", 230, "A message arrived"),
    Act("mail.matched", 231, "A message was matched to a request"),
    Act("mail.unmatched", 232, "A message belongs to no request"),
    Act("mail.read", 233, "A message was opened"),
    Act("mail.sent", 234, "A message was sent"),
    Act("mail.bounced", 235, "A message came back"),
    Act("mail.failed", 236, "A message could not be sent"),
    Act("mail.refused", 237, "A message was refused"),
    Act("mail.destroyed", 238, "A message was destroyed"),
    Act("mail.classified", 239, "A person said what a message is"),
    # file 250-279
    Act("file.received", 250, "A file arrived and lies in quarantine"),
    Act("file.accepted", 251, "A file was accepted"),
    Act("file.rejected", 252, "A file was rejected"),
    Act("file.read", 253, "A file was opened"),
    Act("file.scanned", 254, "A file was examined"),
    Act("file.imported", 255, "Readings or bills were taken from a file"),
    Act("file.destroyed", 256, "A file was destroyed"),
    Act("file.surplus", 257, "A file brought more than may be had: it stays sealed"),
    Act("file.cut", 258, "What may be had of a file was cut out of it"),
    Act("file.disposed", 259, "Two people decided what becomes of what was too much in a file"),
    Act("file.none_said", 260, "It was recorded what a utility says that it does not have"),
    Act("brought.begun", 261, "A recipient's person began to bring files of customers"),
    Act("brought.waits", 262, "A recipient brought a customer's file; it waits for the customer"),
    Act("brought.refused", 263, "A file that a recipient brought was refused"),
    Act("brought.read", 264, "Files that a recipient brought were opened"),
    Act("brought.confirmed", 265, "A customer said that a file that a recipient brought is hers"),
    Act("brought.declined", 266, "A customer said that she did not give a file that a recipient brought"),
    Act("brought.taken", 267, "A file that a recipient brought and the customer confirmed was taken"),
    Act("brought.ended", 268, "A file that a recipient brought ended without being taken"),
    Act("brought.deleted", 269, "The held copy of a file that a recipient brought was deleted"),
    Act("share.received", 270, "A customer handed over a file"),
    Act("share.accepted", 271, "A shared file was accepted"),
    Act("share.rejected", 272, "A shared file was rejected"),
    Act("share.previewed", 273, "A customer's files were looked at before she saved them"),
    Act("share.draft_read", 274, "Files that were not saved yet were opened"),
    Act("share.draft_ended", 275, "Files that were looked at were saved, thrown away or forgotten"),
    Act("share.draft_deleted", 276, "The bytes of files that were looked at were deleted"),
    Act("share.by_letter", 277, "A customer asked that the utility be asked by letter instead"),
    # nectar 280-299
    Act("nectar.uploaded", 280, "A document was handed to Nectar"),
    Act("nectar.received", 281, "Nectar answered with data"),
    Act("nectar.failed", 282, "Nectar refused or failed"),
    Act("nectar.deleted", 284, "Documents at Nectar were deleted, or were gone"),
    Act("nectar.state", 283, "A Nectar job changed its state"),
    Act("nectar.untracked", 285, "Nectar said that it collects no more for a meter"),
    Act("nectar.revised", 286, "Nectar said otherwise of a document than before"),
    # data 300-329
    Act("data.released", 300, "Data became readable for a recipient"),
    Act("data.read", 301, "A recipient read data"),
    Act("data.read_refused", 302, "A read of data was refused"),
    Act("data.exported", 303, "Data left as an export"),
    Act("data.imported", 304, "Readings or bills were recorded"),
    Act("data.destroyed", 305, "Data was destroyed"),
    Act("data.viewed", 306, "Data was shown on a page"),
    Act("data.withheld", 307, "Data was held back"),
    Act("data.compared", 308, "What two files say of the same days was compared"),
    Act("data.link_made", 309, "A link to data was given to an application, for a few minutes"),
    Act("data.settled", 310, "A person settled which of two sources stands, or that nobody can tell"),
    # log 330-349
    Act("log.read", 330, "Bodies of events were opened"),
    Act("log.listed", 331, "Headers of events were listed"),
    Act("log.exported", 332, "Events were exported"),
    Act("log.verified", 333, "The log was verified"),
    Act("log.searched", 334, "The log was searched for a subject"),
    Act("log.note", 335, "An officer wrote a note about an event"),
    Act("log.reviewed", 336, "An officer recorded the daily review"),
    Act("log.verify_asked", 337, "An officer asked for a verification of the log"),
    Act("log.anchored", 339, "A checkpoint was put into other hands; the count says how many anchors there are"),
    Act("log.acknowledged", 338, "An officer acknowledged that the log does not match"),
    Act("log.verdict", 340, "What a verification of the log found"),
    # gate 350-369
    Act("gate.refused", 350, "Portal credentials were found and turned away"),
    Act("gate.held", 351, "A possible credential was held for a person"),
    Act("gate.cleared", 352, "A held text was cleared"),
    Act("gate.incident", 353, "An incident about credentials was opened or closed"),
    Act("gate.doubted", 354, "A refusal of the gate was called a false alarm"),
    Act("gate.released", 355, "A second person let one refused message through, once"),
    Act("gate.passed", 356, "A message that two people let through was taken"),
    Act("gate.unchecked", 357, "A message could not be checked for credentials, and was refused"),
    Act("gate.warned", 358, "A recipient was warned that it sends credentials"),
    Act("gate.suspended", 359, "A recipient that sends credentials was suspended"),
    Act("gate.lifted", 360, "An officer let a suspended recipient go on"),
    Act("gate.forgotten", 361, "Marks of refused messages came to their end"),
    Act("gate.misplaced", 362, "A program's own key, or its webhook's login, stood in the wrong place and was refused"),
    # key 370-389
    Act("key.created", 370, "A data key was made"),
    Act("key.alias", 371, "A data key can be found under a further name"),
    Act("key.shred", 372, "A data key was destroyed"),
    Act("key.hold", 373, "A legal hold was laid on a data key"),
    Act("key.release", 374, "A legal hold was lifted"),
    Act("key.rewrapped", 375, "A data key was wrapped anew"),
    Act("vault.key_created", 380, "A key for a customer's fields or files was made"),
    Act("vault.key_shred", 381, "A key for a customer's fields or files was destroyed"),
    Act("vault.key_hold", 382, "A legal hold was laid on a key for a customer's fields or files"),
    Act("vault.key_release", 383, "A legal hold was lifted from a key for a customer's fields or files"),
    Act("vault.key_rewrapped", 384, "A key for a customer's fields or files was wrapped anew"),
    # admin 390-429
    Act("admin.log_opened", 390, "A new origin of the log was opened"),
    Act("admin.log_key", 391, "A new key of the log was announced"),
    Act("admin.lane_closed", 392, "A lane was closed by hand"),
    Act("admin.setting", 393, "A setting changed"),
    Act("admin.viewed", 394, "A page of the administration was shown"),
    Act("admin.export", 395, "An evidence pack was made"),
    Act("admin.backup", 396, "A backup was made or tried"),
    Act("admin.action", 397, "A member of staff acted"),
    Act("admin.installed", 398, "The installation was made"),
    Act("admin.drill", 399, "A backup was restored into an empty place and held against the log, or that was tried"),
    Act("admin.keys_copied", 400, "A person declared that a copy of the keys lies elsewhere"),
    Act("profile.loaded", 410, "A utility's profile was loaded"),
    Act("profile.changed", 411, "A utility's profile changed"),
    Act("profile.read", 412, "A utility's profile was shown"),
    # alarm 430-449
    Act("alarm.lane", 430, "A lane is bad: nothing of it after the named number is integrated"),
    Act("alarm.ack", 431, "An officer acknowledged a bad lane"),
    Act("alarm.job", 432, "A job failed for good"),
    Act("alarm.log", 433, "The log itself needs a person"),
    Act("alarm.canary", 434, "Something was read that nobody should read"),
    Act("alarm.delay", 435, "The log was not signed in time"),
    Act("alarm.clock", 436, "A clock was wrong; the order of the log is that of its numbers"),
    Act("alarm.purpose", 437, "An application asked again for a purpose that the customer did not agree to"),
    Act("alarm.brought", 438, "A recipient brought files that the customer says she did not give them"),
    Act("alarm.seen", 440, "An officer has seen an alarm"),
    # lane 450-459
    Act("lane.close", 450, "A writer ended its lane"),
    Act("lane.dead", 451, "A writer died; its lane ends here"),
    # notice 460-479
    Act("notice.sent", 460, "A message to a person was sent"),
    Act("notice.failed", 461, "A message to a person could not be sent"),
    Act("notice.queued", 462, "A message to a person was made ready"),
    # approval 480-499
    Act("approval.requested", 480, "A two-person act was proposed"),
    Act("approval.given", 481, "A two-person act was approved"),
    Act("approval.refused", 482, "A two-person act was refused"),
    Act("approval.withdrawn", 483, "A two-person act was withdrawn"),
    Act("approval.executed", 484, "A two-person act was carried out"),
    Act("approval.expired", 485, "A two-person act was not decided in time"),
    Act("approval.turned_away", 486, "Somebody tried a step of a two-person act that was not theirs"),
    # job 500-509
    Act("job.revived", 501, "A dead job was started again"),
    # receipt 510-519
    Act("receipt.sent", 510, "A receipt was sent"),
    Act("receipt.read", 511, "A receipt was opened"),
    # stop 610-619
    Act("stop.looked", 610, "It was looked how far a stop got, and its targets moved on"),
    Act("stop.alerted", 611, "Something of a stop needs a person"),
    Act("stop.alert_closed", 612, "A person closed an alert of a stop"),
    Act("stop.attested", 613, "A recipient said that its copies are deleted"),
    Act("stop.receipt", 614, "The receipt of a stop was made"),
    # asks for a consent 620-629
    Act("ask.made", 620, "A recipient asked somebody for a consent"),
    Act("ask.repeated", 621, "A recipient had its ask for a consent mailed once more"),
    Act("ask.read", 622, "The address of an ask for a consent was opened, to write the invitation"),
    Act("ask.granted", 623, "What a recipient had asked for was signed"),
    Act("ask.declined", 624, "Somebody said no to an ask for a consent"),
    Act("ask.cancelled", 625, "A recipient took its ask for a consent back"),
    Act("ask.expired", 626, "Nobody answered an ask for a consent in its thirty days"),
    Act("rehearsal.ordered", 628, "A test key ordered what a played person of a rehearsal does"),
    Act(
        "rehearsal.clock_moved", 629, "The dates of one request of a rehearsal were moved back, by order of a test key"
    ),
    Act("ask.blocked", 627, "The owner of a mailbox does not want to be asked by an organisation again"),
    # paper 630-639
    Act("paper.made", 630, "A letter to print, sign and post was made"),
    Act("paper.entered", 631, "A letter that came signed by post was entered"),
    Act("paper.read", 632, "A letter that came signed by post was opened"),
    Act("paper.rejected", 633, "A letter that came signed by post was not taken"),
    # complaint 520-529
    Act("complaint.opened", 520, "A customer asked about an entry of the log"),
    Act("complaint.answered", 521, "A customer's question was answered"),
    Act("complaint.closed", 522, "A customer's question was closed, after the reply to her"),
    Act("complaint.read", 523, "A customer's question or its reply was opened"),
    Act("complaint.assigned", 524, "A customer's question was given to another person"),
    # view 540-549
    Act("view.saved", 540, "A view of the log was saved"),
    Act("view.removed", 541, "A saved view was taken out of use"),
    Act("view.alerted", 542, "Something new fits a saved view"),
    Act("view.opened", 543, "An alert of a saved view was opened"),
    # pack and demand 560-579
    Act("pack.asked", 560, "An evidence pack was asked for"),
    Act("pack.approved", 561, "An evidence pack may be built"),
    Act("pack.ready", 562, "An evidence pack is ready"),
    Act("pack.failed", 563, "An evidence pack could not be built"),
    Act("pack.read", 564, "An evidence pack was handed out"),
    Act("pack.expired", 565, "An evidence pack is no longer handed out"),
    Act("pack.deleted", 566, "The file of an expired evidence pack was deleted"),
    Act("demand.recorded", 570, "A legal demand was recorded"),
    Act("demand.subject", 571, "A legal demand names a customer"),
    Act("demand.decided", 572, "Counsel decided about a legal demand"),
    Act("demand.gag", 573, "An order forbids, or forbids no longer, to tell customers of a legal demand"),
    Act("demand.answered", 574, "What was produced and withheld for a legal demand was recorded"),
    Act("demand.read", 575, "A legal demand was opened"),
    Act("demand.noticed", 576, "A customer is told of a legal demand"),
    # incident 670-679
    Act("incident.opened", 670, "An incident was written down"),
    Act("incident.listed", 671, "The list of whose data an incident touched was computed from the log"),
    Act("incident.read", 672, "What an officer wrote of an incident was opened"),
    Act("incident.proposed", 673, "An officer proposed whether customers are told of an incident"),
    Act("incident.decided", 674, "Two people decided whether customers are told of an incident"),
    Act("incident.step", 675, "What was done about an incident was noted"),
    Act("incident.told", 676, "A customer is told of an incident"),
    Act("incident.delayed", 677, "Two people decided that notice of an incident waits, as law enforcement asks"),
    # hold and disposal 580-599
    Act("hold.placed", 580, "A legal hold was placed: nothing of the customer is destroyed from now on"),
    Act("hold.applied", 581, "Every key of a held customer shows the hold"),
    Act("hold.released", 582, "A legal hold was released"),
    Act("hold.reviewed", 583, "A legal hold was reviewed and goes on"),
    Act("hold.read", 584, "The reason of a legal hold was opened"),
    Act("hold.listed", 585, "The register of legal holds was shown"),
    Act("hold.refused", 586, "A destruction was refused because of a legal hold"),
    Act("disposal.listed", 590, "It was shown what is due for destruction"),
    Act("disposal.done", 591, "Data was made unreadable for ever"),
    Act("disposal.finished", 592, "The files of destroyed data left the storage"),
    Act("disposal.certified", 593, "A certificate of a destruction was made"),
    # identity 600-619
    Act("identity.proven", 600, "A customer's account was proven to be hers"),
    Act("identity.failed", 601, "A try to prove an account did not succeed"),
    Act("identity.called", 602, "The co-op was called about a consent"),
    Act("identity.code_asked", 603, "A customer asked for a code by post"),
    Act("identity.code_printed", 604, "A letter with a code was printed"),
    Act("identity.noticed", 605, "A customer was told of hourly data before it is released"),
    # fee, question, and requests that take another's place 730-749
    Act("fee.quoted", 730, "A utility named a fee for a request"),
    Act("fee.accepted", 731, "A fee was accepted; the body says by whom, and who pays"),
    Act("fee.declined", 732, "A fee was declined: the request ends because of costs"),
    Act("fee.answered", 733, "A customer said that she does not pay a fee herself"),
    Act("fee.yes_written", 734, "A customer's yes to a fee came by post or phone, and was written down"),
    Act("question.asked", 735, "A customer was asked something about a request"),
    Act("question.answered", 736, "A customer answered a question about a request"),
    Act("question.read", 737, "A question to a customer, or her answer, was opened"),
    Act("request.superseded", 740, "A request ended, and another one took its place"),
    # the billing desk's page 745-749
    Act("desk.code_sent", 745, "A code for its page was mailed to a billing desk"),
    Act("desk.code_failed", 746, "A wrong code for a billing desk's page was entered"),
    Act("desk.opened", 747, "A billing desk's page was opened by its code"),
    Act("desk.shown", 748, "A billing desk was shown our open requests to it"),
    Act("desk.said", 749, "A billing desk told us something about a request on its page"),
    # hook: messages to recipients' applications 760-779
    Act("hook.created", 760, "An endpoint for messages to an application was made"),
    Act("hook.rotated", 761, "An endpoint got a new signing key; the end of the older one was set"),
    Act("hook.disabled", 762, "An endpoint was disabled: nothing is sent to it any more"),
    Act("hook.pinged", 763, "Somebody had a test sent to an endpoint"),
    Act("hook.queued", 764, "A message to an application's endpoints was made ready; it names ids alone"),
    Act("hook.tried", 765, "A message is sent to an endpoint, and its signing keys are opened for it"),
    Act("hook.delivered", 766, "An endpoint took a message"),
    Act("hook.failed", 767, "An endpoint did not take a message"),
    Act("hook.dropped", 768, "A message is not sent any more: what it needs has ended"),
    Act("hook.resent", 769, "Somebody had a message sent once more"),
    # a recipient's own pages 750-759
    Act("recipient.shown", 750, "A person of a recipient was shown its requests, permissions or keys"),
    Act("recipient.applied", 751, "An organisation asked to be enrolled; its contact's mailbox is proven"),
    Act("recipient.answered", 752, "Two people enrolled an organisation, or refused it"),
    Act("recipient.purposes_changed", 753, "Two people changed what an organisation may ask customers for"),
    *(Act(*each) for each in words_of_duties.ACTS),
    # joint, objection, abuse 640-669
    Act("joint.recorded", 640, "A second holder of an account was recorded"),
    Act("joint.named", 641, "The address of a second holder was recorded"),
    Act("joint.required", 642, "A holder asked that both must agree"),
    Act("joint.read", 643, "The name or address of a second holder was opened"),
    Act("joint.ended", 644, "That both holders must agree was ended by two people, on the word of both"),
    Act("joint.heard", 645, "Two people recorded the mailbox that a second holder gave them by letter or call"),
    Act("objection.made", 650, "Somebody objected to the sharing of an account's data"),
    Act("objection.checked", 651, "An objection was compared with the consents over the account"),
    Act("objection.resolved", 652, "An objection was resolved"),
    Act("objection.read", 653, "An objection was opened"),
    Act("abuse.found", 660, "Signs of abuse were found in a consent: it is held for review"),
    Act("abuse.resolved", 661, "A consent with signs of abuse was looked at"),
    # desk 700-709
    Act("desk.away", 700, "A member of staff will be away, and a colleague stands in"),
    Act("desk.back", 701, "An absence of a member of staff was taken back"),
)

ACTS: dict[str, Act] = {act.name: act for act in _ACTS}
NUMBERS: dict[int, Act] = {act.number: act for act in _ACTS}

RES = frozenset({"ok", "denied", "error"})

ROLES = frozenset(
    {
        "customer", "joint_member", "analyst", "staff", "officer", "approver", "operator", "application", "recipient",
        "service", "witness", "auditor", "clerk", "unknown",
    }
)  # fmt: skip

# Why somebody acts: the purposes that customers agree to, and the operator's own.
PURPOSES = frozenset(
    {
        "rate_comparison", "efficiency_audit", "solar_sizing", "billing_review", "carbon_reporting", "research",
        "own_data", "fulfilment", "verification", "support", "complaint", "compliance", "legal_obligation", "security",
        "operations",
    }
)  # fmt: skip

FIELDS = "fields"
FILES = "files"
_NOTHING: frozenset[str] = frozenset()
_FIELDS = frozenset({FIELDS})
_FILES = frozenset({FILES})
_BOTH = frozenset({FIELDS, FILES})

# Object type -> which parts of a subject's sealed data an event about it may open.
OBJ: dict[str, frozenset[str]] = {
    "customer": _FIELDS,
    "joint_member": _FIELDS,
    "account": _FIELDS,
    "consent": _BOTH,
    "draft": _FIELDS,
    "letter": _BOTH,
    "link": _FIELDS,
    "code": _FIELDS,
    "request": _BOTH,
    "manual_request": _BOTH,
    "nectar_pull": _BOTH,
    "share": _BOTH,
    "message": _BOTH,
    "mail": _BOTH,
    "file": _BOTH,
    "received_file": _BOTH,
    "reading": _BOTH,
    "bill": _BOTH,
    "release": _BOTH,
    "data": _BOTH,
    "decision": _FIELDS,
    "notice": _FIELDS,
    "receipt": _BOTH,
    "case": _BOTH,
    "pack": _BOTH,
    "user": _FIELDS,
    "organisation": _FIELDS,
    "application": _NOTHING,
    "party": _FIELDS,
    "session": _NOTHING,
    "event": _NOTHING,
    "log": _NOTHING,
    "lane": _NOTHING,
    "key": _NOTHING,
    "approval": _FIELDS,
    "job": _NOTHING,
    "profile": _NOTHING,
    "incident": _FIELDS,
    "complaint": _FIELDS,
    "demand": _FIELDS,
    "setting": _NOTHING,
    "checkpoint": _NOTHING,
    "page": _NOTHING,
    "witness": _FIELDS,
    "contact": _FIELDS,
    "hold": _FIELDS,
    "disposal": _NOTHING,
    "objection": _FIELDS,
    "endpoint": _FIELDS,
}


def table() -> str:
    """The acts as a page of the documentation (`docs/log-words.md`)."""
    rows = [f"| `{act.name}` | {act.number} | {act.meaning} |" for act in _ACTS]
    return "\n".join(
        [
            "# What the log calls things",
            "",
            "Printed from `broker/audit/words.py`; rows are added there, never changed or removed:",
            '`python -c "from broker.audit import words; print(words.table())" > docs/log-words.md`',
            "",
            "| act | number | what happened |",
            "|---|---|---|",
            *rows,
            "",
            f"Results: {', '.join(sorted(RES))}.",
            "",
            f"Roles: {', '.join(sorted(ROLES))}.",
            "",
            f"Purposes: {', '.join(sorted(PURPOSES))}.",
            "",
            "| type of object | what an event about it may open |",
            "|---|---|",
            *(f"| `{name}` | {', '.join(sorted(parts)) or '–'} |" for name, parts in OBJ.items()),
        ]
    )


def may_open(obj: str | None, part: str) -> bool:
    """Say whether an event about this object type may open this part of its subject's sealed data."""
    return part in OBJ.get(obj or "", _NOTHING)
