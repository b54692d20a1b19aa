"""Every small mistake that can be made in a module: what changes, where, and how to make it in its syntax tree.

Comparisons lose or gain their border or turn round, `and` and `or` change places, a condition is turned round, a
number is one more or one less, a yes is a no, a function gives nothing back, a statement or a refusal is left out.
Texts, types and decorators are left alone: words are held by other tests, and a type says nothing when it runs.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
_LEFT_ALONE = {"annotation", "returns", "decorator_list", "type_params", "format_spec", "bases", "keywords_of_class"}
_LEFT_OUT = (ast.Raise, ast.AugAssign, ast.Expr, ast.Continue, ast.Break, ast.Delete)


@dataclass(frozen=True)
class Mistake:
    """One change: its number in the module, its line, its name (which outlives a moved line), and how it is made."""

    number: int
    line: int
    name: str
    make: Callable[[], None]


def mistakes(tree: ast.Module) -> list[Mistake]:
    """Give every mistake of a module, always in the same order; `make` changes this very tree."""
    found: list[Mistake] = []
    seen: Counter[str] = Counter()
    for line, name, make in _within(tree, ""):
        seen[name] += 1
        found.append(Mistake(len(found), line, name if seen[name] == 1 else f"{name} ({seen[name]})", make))
    return found


type _Found = tuple[int, str, Callable[[], None]]


def _within(node: ast.AST, where: str) -> Iterator[_Found]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where = f"{where}.{node.name}" if where else node.name
    for field, value in ast.iter_fields(node):
        if field in _LEFT_ALONE or (field == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        if isinstance(value, ast.AST):
            yield from _at(value, where, lambda new, node=node, field=field: setattr(node, field, new))
        elif isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, ast.AST):
                    yield from _at(each, where, lambda new, into=value, index=index: into.__setitem__(index, new))


def _at(node: ast.AST, where: str, put: Callable[[ast.AST], None]) -> Iterator[_Found]:
    if isinstance(node, ast.Assert | ast.TypeAlias | ast.Import | ast.ImportFrom) or _says_nobody_comes(node):
        return
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):  # a docstring
        for new, said in _instead(node):
            before = ast.unparse(node)
            change = f"{before} -> {said}" if said else f"without {before}"

            def make(new: ast.AST = new) -> None:
                put(ast.copy_location(new, node))

            yield getattr(node, "lineno", 0), f"{where or 'module'}: {' '.join(change.split())}", make
        yield from _within(node, where)


def _says_nobody_comes(node: ast.AST) -> bool:
    """Say whether a statement is there for the reader and for types: no input leads to it."""
    return isinstance(node, ast.Raise) and node.exc is not None and "AssertionError" in ast.unparse(node.exc)


def _instead(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Give what may stand in place of a node, and how that is written; a statement left out has no words."""
    if isinstance(node, ast.Compare):
        for index, each in enumerate(node.ops):
            ops = [*node.ops[:index], _COMPARISONS[type(each)](), *node.ops[index + 1 :]]
            yield _said(ast.Compare(node.left, ops, node.comparators))
    elif isinstance(node, ast.BoolOp):
        yield _said(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _said(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        yield _said(ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _said(ast.Constant(not node.value))
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield _said(ast.Constant(node.value + 1))
        yield _said(ast.Constant(node.value - 1))
    elif isinstance(node, ast.IfExp):
        yield _said(ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse))
    elif isinstance(node, ast.If | ast.While):
        turned = ast.UnaryOp(ast.Not(), node.test)
        kind = "if" if isinstance(node, ast.If) else "while"
        yield type(node)(turned, node.body, node.orelse), f"{kind} {ast.unparse(turned)}"
    elif isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield _said(ast.Return(ast.Constant(None)))
    elif isinstance(node, _LEFT_OUT):
        yield ast.Pass(), ""


def _said(new: ast.AST) -> tuple[ast.AST, str]:
    return new, ast.unparse(ast.fix_missing_locations(new))
