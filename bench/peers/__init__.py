"""One model, audited by the peer that the case names (bench only)."""
