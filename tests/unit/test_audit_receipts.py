"""A receipt's text has one form."""

import pytest

from broker.audit import checkpoint, encoding, receipts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "audit-receipt/v1\n",
        "audit-receipt/v2\nh/audit/x\n1\n{leaf}\n1\n",
        "audit-receipt/v1\nno origin\n1\n{leaf}\n1\n",
        "audit-receipt/v1\nh/audit/x\n01\n{leaf}\n1\n",
        "audit-receipt/v1\nh/audit/x\n1\n{leaf}\n-1\n",
        "audit-receipt/v1\nh/audit/x\n1\nAAAA\n1\n",
        "audit-receipt/v1\nh/audit/x\n1\n?\n1\n",
        "audit-receipt/v1\nh/audit/x\n1\n{leaf}\n1\nmore\n",
        "audit-receipt/v1\nh/audit/x\n1\n{leaf}\n1",
    ],
)
def test_a_receipt_has_one_form(text: str) -> None:
    with pytest.raises(checkpoint.BadNote):
        receipts.parse(text.format(leaf=encoding.b64(bytes(32))))
    good = f"audit-receipt/v1\nh/audit/x\n1\n{encoding.b64(bytes(32))}\n1\n"
    assert receipts.parse(good).text() == good
