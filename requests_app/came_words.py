"""How a file reached us, in words for our own people (rules: a closed table)."""

from broker.terms import CameBy

CAME_BY = {
    CameBy.EMAIL: "Attached to an e-mail",
    CameBy.DESK_PAGE: "Uploaded on the billing desk’s page, opened by a code to its own mailbox",
    CameBy.POST: "By post; a member of staff scanned and entered it",
    CameBy.CUSTOMER: "Handed over by the customer",
    CameBy.BROUGHT: "Brought by the recipient; the customer confirmed that it is theirs",
    CameBy.NECTAR: "Through Nectar",
}
