"""The acts of duties in the log's vocabulary, 780-799: name, number, meaning. Rows are added, never changed (rules)."""

ACTS = (
    ("duties.stopped", 780, "Every disclosure was stopped"),
    ("duties.resumed", 781, "Two people let disclosures go on"),
    ("duties.suspended", 782, "A recipient, a program or a person was suspended on every way"),
    ("duties.lifted", 783, "A suspension was lifted"),
    ("duties.refused", 784, "Something was kept back: disclosures are stopped, or its reader is suspended"),
    ("glass.broken", 785, "An officer broke glass for one customer in an emergency, for hours at most"),
    ("glass.read", 786, "An officer opened what is sealed of a customer, under a broken glass"),
    ("glass.ended", 787, "An officer ended a broken glass before its time"),
    ("glass.reviewed", 788, "Another person reviewed a broken glass"),
    ("glass.turned_away", 789, "Somebody tried to break glass, or to open under one, who may not"),
    ("rights.begun", 790, "A review of every role and key began"),
    ("rights.kept", 791, "A role or key was kept by somebody who does not hold it"),
    ("rights.taken", 792, "A role or key was taken away in a review; of who decides a second person is asked"),
    ("rights.missed", 793, "Nobody looked at a role or key in time: suspended, or spared where too few were left"),
    ("rights.gone", 794, "A role or key had ended before anybody looked at it"),
    ("rights.closed", 795, "A review of roles and keys ended; its result in counts"),
    ("rights.turned_away", 796, "Somebody tried to say something of a role or key who may not"),
    ("waits.begun", 797, "A wait of a day began in the place of a second person, and the customer was told"),
    ("waits.objected", 798, "The customer said no to what waited for a second person, and ended it"),
    ("waits.ended", 799, "A wait in the place of a second person ended: done, or decided otherwise"),
)
