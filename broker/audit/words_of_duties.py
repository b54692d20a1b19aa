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
)
