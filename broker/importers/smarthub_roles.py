"""Which block is what: proven by net = delivered + received, row by row (rules)."""

from decimal import Decimal
from itertools import permutations

from broker.importers.readings import MAX_HOME_KW, layout_unknown, roles_unproven
from broker.importers.smarthub_layout import Block

TOLERANCE = Decimal("0.010")  # hourly files are rounded; daily files agree exactly


def roles(blocks: list[Block]) -> list[tuple[str, Block]]:
    """Name the energy blocks of a file, or refuse what the numbers do not prove."""
    for block in blocks:
        _check_size(block)
    if len(blocks) == 1:
        return [("delivered", _only(blocks[0]))]
    if len(blocks) != 3 or len({_periods(block) for block in blocks}) != 1:
        raise roles_unproven()
    tried = [(_error(*(blocks[i] for i in order)), order) for order in permutations(range(3))]
    fitting = sorted((error, order) for error, order in tried if error is not None)
    if not fitting:
        raise roles_unproven()
    best = fitting[0]
    for error, order in fitting[1:]:
        # A second reading of the numbers that fits as well is a doubt, unless it says the same in every row.
        if error <= best[0] and not _same(blocks, best[1], order):
            raise roles_unproven()
    return [(role, blocks[i]) for role, i in zip(("delivered", "received", "net"), best[1], strict=True)]


def _only(block: Block) -> Block:
    if any(row.value is not None and row.value < 0 for row in block.rows):
        raise roles_unproven()  # something went back to the grid, and the blocks that would prove what are not there
    return block


def _error(delivered: Block, received: Block, net: Block) -> Decimal | None:
    """Give by how much this assignment misses in its worst row; None if it cannot be."""
    worst = Decimal(0)
    for d, r, n in zip(delivered.rows, received.rows, net.rows, strict=True):
        if d.value is None or r.value is None or n.value is None:
            continue
        if d.value < 0 or r.value > 0 or abs(n.value - d.value - r.value) > TOLERANCE:
            return None
        worst = max(worst, abs(n.value - d.value - r.value))
    return worst


def _same(blocks: list[Block], one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(
        [row.value for row in blocks[i].rows] == [row.value for row in blocks[j].rows]
        for i, j in zip(one, other, strict=True)
    )


def _periods(block: Block) -> tuple[object, ...]:
    return tuple((row.start, row.end) for row in block.rows)


def _check_size(block: Block) -> None:
    for row in block.rows:
        hours = Decimal((row.end - row.start).total_seconds()) / 3600
        if row.value is not None and abs(row.value) > MAX_HOME_KW * hours:
            raise layout_unknown()
