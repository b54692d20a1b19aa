"""Every reason code, with words for a person: what happened, why, and what to do instead (rules).

Codes are part of the API: they are added, never renamed. Texts are message ids for translation.
"""

from broker.reasons.inside import INSIDE
from broker.reasons.kind import Reason, _
from broker.reasons.nectar import NECTAR

_CONSENT = (
    Reason(
        "consent.absent",
        _("No permission from the customer"),
        _("We found no permission from the customer that lets you have this."),
        _("Ask the customer for permission through the consent page, then ask again."),
    ),
    Reason(
        "consent.expired",
        _("The permission has ended"),
        _("The customer gave permission for a set time. That time is over."),
        _("Ask the customer to renew the permission."),
    ),
    Reason(
        "consent.revoked",
        _("The customer stopped sharing"),
        _("The customer took the permission back. It ended at that moment."),
        _("Delete what you no longer need. Only the customer can give a new permission."),
    ),
    Reason(
        "consent.superseded",
        _("A newer permission took its place"),
        _("The customer replaced this permission with a newer one."),
        _("Use the newer permission."),
    ),
    Reason(
        "consent.suspended",
        _("The permission is on hold"),
        _("This permission is on hold while a question about it is cleared up."),
        _("Wait for our message, or contact the data access desk."),
    ),
    Reason(
        "consent.paused_dormant",
        _("The permission is paused"),
        _("Nobody used this permission for a long time, so it was paused."),
        _("Ask the customer to switch it on again."),
    ),
    Reason(
        "consent.not_started",
        _("The permission has not started yet"),
        _("The customer set a first day for sharing. That day has not come."),
        _("Ask again on or after the first day of the permission."),
    ),
    Reason(
        "consent.objection",
        _("Somebody on the account objects"),
        _("A person who holds this account objects to sharing. Nothing is shared while the objection stands."),
        _("Wait until the people who hold the account agree. Nothing else is possible for this account."),
    ),
)

_SCOPE = (
    Reason(
        "purpose.mismatch",
        _("Not what the customer agreed to"),
        _("You asked for another purpose than the one the customer agreed to."),
        _("Ask for the agreed purpose, or ask the customer for a new permission."),
    ),
    Reason(
        "scope.account",
        _("Account not in the permission"),
        _("The customer's permission does not cover this account."),
        _("Ask only for the accounts in the permission."),
    ),
    Reason(
        "scope.data_type",
        _("Kind of data not in the permission"),
        _("The customer did not tick this kind of data."),
        _("Ask for the kinds of data that the customer ticked."),
    ),
    Reason(
        "scope.range",
        _("Dates not in the permission"),
        _("Some of the days you asked for lie outside the dates that the customer agreed to."),
        _("Ask for days inside the agreed dates."),
    ),
    Reason(
        "scope.history_limit",
        _("Older than this way can reach"),
        _("The customer portal does not reach back that far."),
        _("Ask for later days, or let us ask the utility by letter. Old data is not guaranteed."),
    ),
    Reason(
        "scope.onward_recipient",
        _("Helper company not in the permission"),
        _("This way sends the data through another company, and the customer did not agree to that company."),
        _("Use a way without that company, or ask the customer to agree to it."),
    ),
    Reason(
        "account.ended",
        _("Days after the account ended"),
        _("The customer closed this account or moved out. Later days belong to somebody else."),
        _("Ask for days before the account ended."),
    ),
    Reason(
        "assurance.too_low",
        _("We are not sure enough who signed"),
        _("This data needs stronger proof that the account holder signed."),
        _(
            "The customer can raise the proof on her page: with a recent bill of hers, or with a code that we send by "
            "post. Hourly data also opens 48 hours after we have told her."
        ),
    ),
)

_ASK = (
    Reason(
        "utility.unknown",
        _("Unknown utility"),
        _("We do not know this utility."),
        _("Use the name of a utility from the list of profiles."),
    ),
    Reason(
        "ask.incomplete",
        _("Something is missing"),
        _("The request leaves something out. We never read a gap as “everything”."),
        _("Name the recipient, purpose, accounts, kinds of data, first day and last day."),
    ),
    Reason(
        "ask.invalid",
        _("Something is not well formed"),
        _("A part of the request is not written the way it must be, or it should not be there."),
        _("Compare your request with the API description and send it again."),
    ),
)

_FORBIDDEN = (
    Reason(
        "channel.forbidden.credentials",
        # promise: no-passwords
        _("We never take portal passwords"),
        _("This looks like a user name or password for the utility's portal. We did not keep it."),
        _("Take it out and send again. If it was real, change the password. Ask for the data by signed letter."),
    ),
    Reason(
        "channel.forbidden.scraping",
        _("No copying from the portal by program"),
        _("Programs that log in to the portal or use its hidden interface break the portal's terms."),
        _("Let us ask the utility by signed letter, or let the customer download and share the files."),
    ),
    Reason(
        "channel.forbidden.smarthub_delegate",
        _("No extra user on the portal"),
        _("An extra portal user can see and change everything. That is far more than any permission allows."),
        _("Let us ask the utility by signed letter, or let the customer download and share the files."),
    ),
    Reason(
        "channel.forbidden.mobile_app",
        _("No login through the phone app"),
        _("The phone app is for the customer alone. Using it for somebody means sharing a password."),
        _("Let us ask the utility by signed letter, or let the customer download and share the files."),
    ),
)

_NOT_AVAILABLE = (
    Reason(
        "channel.not_available",
        _("This way does not bring this data"),
        _("This data does not exist for the account, or this way does not carry it."),
        _("See the nearest permitted data and way below."),
    ),
    Reason(
        "channel.not_available.green_button",
        _("We fetch no Green Button data here"),
        _("The utility connects no company to Green Button. Where it has the download, the customer makes it herself."),
        _("Let the customer download and share the files, or let us ask the utility by signed letter."),
    ),
    Reason(
        "channel.not_available.espi",
        _("No ESPI feed at this utility"),
        _("The utility offers no ESPI feed and no OAuth sign-in for other companies."),
        _("Let us ask the utility by signed letter, or let the customer download and share the files."),
    ),
    Reason(
        "channel.not_available.edi",
        _("No EDI at this utility"),
        _("The utility exchanges no EDI messages and has no trading partner program."),
        _("Let us ask the utility by signed letter, or let the customer download and share the files."),
    ),
    Reason(
        "channel.not_available.utility_api",
        _("No API at this utility"),
        _("The utility has no API, no developer portal and no webhooks."),
        _("Let us ask the utility by signed letter, or let the customer download and share the files."),
    ),
    Reason(
        "channel.not_available.nectar_loa",
        _("Nectar cannot send the letter for us"),
        _("Nectar's interface has no way to ask the utility with a letter on our behalf."),
        _("Let us send our own signed letter to the utility."),
    ),
    Reason(
        "channel.not_yet",
        _("This way is planned, not ready"),
        _("This way is on a roadmap. It does not work for this utility or this data yet."),
        _("See the nearest permitted data and way below."),
    ),
    Reason(
        "channel.unknown",
        _("We were not told that this way exists"),
        _("What we know of this utility does not say whether this way brings this data. What is unknown is refused."),
        _("See the nearest permitted data and way below. Whoever knows the way can tell us where it is written."),
    ),
)

_INTERFACE = (
    Reason(
        "log.unavailable",
        _("We cannot write our log"),
        _("No data leaves without an entry in the log, and the log cannot be written right now."),
        _("Try again in a few minutes."),
    ),
    Reason(
        "ask.too_much",
        _("This asks for too much in one go"),
        _("To read all of it took longer than one answer may take, so we stopped."),
        _("Narrow the dates, or ask for a part. If it was little already, try again in a few minutes."),
    ),
    Reason(
        "gate.unchecked",
        _("We could not check this"),
        _("We look for portal passwords in all that comes in, and that failed. So we took nothing, and kept nothing."),
        _("Send it again in a few minutes. If this comes again, tell us."),
    ),
    Reason(
        "requester.suspended",
        _("Suspended"),
        _("This program, person or organisation is suspended: it sent portal logins, or we have to look at something."),
        _("If you send logins, stop. Then write to whoever runs this site: an officer of theirs has to look."),
    ),
    Reason(
        "disclosures.halted",
        _("Nothing is handed out right now"),
        _("We have stopped every disclosure of customers’ data while we look into something."),
        _("Try again later. Nothing is lost: what waits goes on when two of our people let it."),
    ),
    Reason(
        "data.gone",
        _("This was destroyed"),
        # promise: destroyed-is-gone
        _("Its time of keeping is over, or the person asked for it. Nobody can read it again."),
        _("The log still shows that it existed and who decided that it goes."),
    ),
    Reason(
        "auth.missing",
        _("No key sent"),
        _("The request came without an application key."),
        _("Send your key in the Authorization header."),
    ),
    Reason(
        "auth.invalid",
        _("Key not accepted"),
        _("This application key is unknown, expired, or was taken back."),
        _("Check the key, or ask your administrator for a new one."),
    ),
    Reason(
        "key.scope",
        _("Your key does not open this"),
        _("The key is good, but it was made for other operations or other kinds of data."),
        _("Use a key that names this operation and this kind of data, or make one on your organisation's page."),
    ),
    Reason(
        "key.misplaced",
        _("Your key stands in the wrong place"),
        _("A key of this site stands in an address, in a field or in another header. It opens nothing there."),
        _("Send it in the Authorization header alone. Addresses are written down on their way: replace this key."),
    ),
    Reason(
        "purpose.not_approved",
        _("Not a purpose that was approved"),
        _("Two people approved what your organisation may ask customers for. This purpose is not among it."),
        _("Ask for a purpose that was approved, or write to us if your organisation needs this one too."),
    ),
    Reason(
        "not_found",
        _("Not found"),
        _("There is nothing here that you may see."),
        _("Check the address."),
    ),
    Reason(
        "idempotency.missing",
        _("No Idempotency-Key sent"),
        _("Each request for data needs an Idempotency-Key, so that a repeat is not a second order."),
        _("Send a fresh random value in the Idempotency-Key header, and the same value when you repeat."),
    ),
    Reason(
        "idempotency.conflict",
        _("Idempotency-Key used before"),
        _("This Idempotency-Key was used before with another request."),
        _("Use a fresh value for a new request."),
    ),
    Reason(
        "request.too_large",
        _("Too large"),
        _("What you sent is larger than we accept."),
        _("Send a file of at most 25 megabytes, and a long text in parts."),
    ),
    Reason(
        "file.type",
        _("Kind of file not accepted"),
        _("We do not accept this kind of file here."),
        _("Send a PDF, PNG, JPG, CSV or XML file, or the ZIP of your portal."),
    ),
    Reason(
        "file.unreadable",
        _("File cannot be read"),
        _("The file is broken, locked with a password, or not what its name says."),
        _("Download it again from the portal and send the new copy."),
    ),
    Reason(
        "file.layout_unknown",
        _("Layout that we do not know"),
        _("The file is not, line for line, one that we know how to read. Nothing was taken from it."),
        _("Download it again as the portal offers it, unchanged. A person looks at new layouts."),
    ),
    Reason(
        "file.roles_unproven",
        _("Numbers that do not explain themselves"),
        _("The numbers do not prove which were used and which went back to the co-op. We do not guess."),
        _("Download the file again with all its parts. A person looks at it."),
    ),
    Reason(
        "file.not_usage",
        _("No usage in the file"),
        _("The file can be read, but it holds no numbers of your use."),
        _("Download your usage from the portal and send that file."),
    ),
    Reason(
        "file.other_zone",
        _("Times of another region"),
        _("The file gives its times for another region than the one your co-op serves."),
        _("Send the file that your own co-op’s portal gives you."),
    ),
    Reason(
        "share.other_account",
        _("File of another account"),
        _("The file names an account that is not the one you share."),
        _("Send only files of the account in your permission."),
    ),
    Reason(
        "share.enough",
        _("Enough files for today"),
        _("Several files named accounts of other people."),
        _("Please go on tomorrow."),
    ),
    Reason(
        "asking.over",
        _("This request for permission is over"),
        _("It was answered or taken back, or 30 days passed without an answer."),
        _("Look at its state. If you may, ask again."),
    ),
    Reason(
        "asking.no_mail",
        _("Nothing was mailed"),
        _("This request has no e-mail address: you hand over its link yourself."),
        _("Hand over the link again, or ask by e-mail."),
    ),
    Reason(
        "asking.enough",
        _("She was written to often enough"),
        _("An invitation and two reminders went out. We send no more about this request."),
        _("Wait for the answer, or talk to the customer yourself."),
    ),
    Reason(
        "asking.not_wanted",
        _("Not to be asked again"),
        _("The owner of this mailbox asked us not to send your requests there again."),
        _("Do not ask again. She can still give you permission through your page here, if she wants to."),
    ),
    Reason(
        "rate.limited",
        _("Too many tries"),
        _("There were too many requests in a short time."),
        _("Wait for the time in the Retry-After header, then try again."),
    ),
    Reason(
        "webhook.address",
        _("We do not send messages to this address"),
        _("The address must be https, with a public host name and a path, and nothing else."),
        _("Give an address like https://hooks.example.com/in without a port, a login, or a question mark."),
    ),
    Reason(
        "webhook.too_many",
        _("Too many addresses for messages"),
        _("This key, or your organisation with all its keys, has as many addresses for messages as it may have."),
        _("Disable one that you no longer need, then add the new one."),
    ),
    Reason(
        "state.conflict",
        _("Not possible any more"),
        _("Things changed in the meantime, so this step no longer fits."),
        _("Load the page or the request again and look at its state."),
    ),
    Reason(
        "fee.two_people",
        _("Two people decide this fee"),
        _(
            "With what was accepted before, the fee is higher than one person may decide."
            " Or you wrote it down yourself, and no mail of the co-op names it."
        ),
        _("Ask a second person to decide, or ask the customer."),
    ),
    Reason(
        "form.two_people",
        _("Two people send this request"),
        _("You replaced it yourself. Another person sees that the co-op's own form is signed and goes with it."),
        _("Ask another person to send it."),
    ),
    Reason(
        "data.not_ready",
        _("No data yet"),
        _("The request is on its way. The data has not come in, or we are still checking it."),
        _("Ask again later. The state of the request says what we wait for."),
    ),
    Reason(
        "rehearsal.unreachable",
        _("The co-op of the rehearsal does not answer"),
        _("A test order is carried out by a co-op that is played on the same machine. It is not running."),
        _("Start the rehearsal with its demo, then give the order again."),
    ),
    Reason(
        "method.not_allowed",
        _("Not possible at this address"),
        _("This address does not take that kind of call."),
        _("Compare your request with the API description."),
    ),
    Reason(
        "media.unsupported",
        _("Format of the request not accepted"),
        _("This address reads JSON only."),
        _("Send JSON and say so in the Content-Type header."),
    ),
    Reason(
        "link.expired",
        _("The link is over"),
        _("A link to a file is good for five minutes. This one is older."),
        _("Ask for a new link with the same key."),
    ),
    Reason(
        "media.not_acceptable",
        _("Format of the answer not offered"),
        _("This address does not answer in the format that the Accept header asks for."),
        _("Ask for a format that the API description names for this address."),
    ),
    Reason(
        "server.error",
        _("Something broke on our side"),
        _("This is our mistake. We have noted it."),
        _("Try again later. If it stays, contact the data access desk and give the trace id."),
    ),
)

REASONS: dict[str, Reason] = {
    each.code: each for each in (*_CONSENT, *_SCOPE, *_ASK, *_FORBIDDEN, *_NOT_AVAILABLE, *_INTERFACE, *INSIDE, *NECTAR)
}


def reason(code: str) -> Reason:
    """Give the reason of a code; an unknown code is our mistake and raises `KeyError`."""
    return REASONS[code]
