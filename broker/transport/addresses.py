"""Addresses to which something may be sent, each with the proof why."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

ProofKind = Literal["profile", "code", "party", "invitation"]

# One meaning, one spelling: a plain mailbox of the internet, without quoting, comments or a display name.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Proof:
    """Why we believe that an address belongs to whom we mean; `ref` names the row or profile line."""

    kind: ProofKind
    ref: str

    def __post_init__(self) -> None:
        if self.kind not in get_args(ProofKind) or not self.ref:
            raise ValueError("a proof needs a known kind and a reference")


@dataclass(frozen=True, repr=False)
class ProvenAddress:
    """A mailbox together with its proof; its text form is a mask."""

    address: str
    proof: Proof

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address) or ".." in self.address:
            raise ValueError("not a plain e-mail address")

    def __repr__(self) -> str:
        return f"ProvenAddress(…@{self.address.rpartition('@')[2]}, {self.proof.kind})"

    __str__ = __repr__
