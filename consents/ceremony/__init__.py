"""The evidence of a signing: what was agreed about electronic records, each page as served, the record of it all."""
