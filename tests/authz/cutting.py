"""Puts something else in the place of an expression of a file."""

import ast


def cut(text: str, node: ast.expr, new: str) -> str:
    """Give the file with something else in the place of an expression."""
    lines = text.splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    head = lines[node.lineno - 1].encode()[: node.col_offset].decode()
    tail = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode()
    return "".join(lines[: node.lineno - 1]) + head + new + tail + "".join(lines[node.end_lineno :])
