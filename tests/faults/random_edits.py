"""One random edit of one hashed value, by whoever owns the database."""

import random

from tests.faults.tamper_world import Owner, flipped

# Table, key columns, value: everything that enters a hash or a signature.
HASHED = (
    ("audit_event", ("id",), "header"),
    ("audit_event", ("id",), "ct"),
    ("audit_tile", ("level", "idx"), "data"),
    ("audit_checkpoint", ("size",), "note"),
)


def edit(owner: Owner, chance: random.Random) -> str:
    """Flip one bit; give what was done."""
    table, keys, value = chance.choice(HASHED)
    columns = ", ".join(keys)
    rows = owner.rows(f"SELECT {columns}, {value} FROM {table} ORDER BY {columns}")
    *key, old = chance.choice(rows)
    data = old.encode() if isinstance(old, str) else bytes(old)
    at, bit = chance.randrange(len(data)), chance.randrange(8)
    new = flipped(data, at, bit)
    where = " AND ".join(f"{name} = %s" for name in keys)
    # A note is text: what is none any more is written as what a careless hand would leave there; so is a NUL, which
    # PostgreSQL's text cannot hold.
    sent = new.decode("utf-8", "replace").replace("\0", "\ufffd") if isinstance(old, str) else new
    owner.run(f"UPDATE {table} SET {value} = %s WHERE {where}", sent, *key)
    return f"{table}.{value} of {key}: bit {bit} of byte {at} of {len(data)}"
