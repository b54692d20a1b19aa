"""Guards that stand in front of every page, and what is asked of a consent before data is named.

The matrix asks as people who have just signed in and whom nobody suspended; so each of these names the tests that have
to notice when it is gone.
"""

import ast
from collections.abc import Iterator

from tests.authz.cutting import cut

_DECISION = (
    "tests/unit/test_decision_findings.py",
    "tests/unit/test_decision.py",
    "tests/unit/test_decision_accounts.py",
)
# The guard's file → the functions in which it is asked, and the tests that have to notice.
STANDING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "broker/parties/signin/guard.py": (
        ("__call__", "process_view"),
        ("tests/integration/test_step_up.py", "tests/integration/test_sign_in.py"),
    ),
    "broker/duties/guard.py": (
        ("process_view", "_barred"),
        ("tests/integration/test_stop_switch.py", "tests/integration/test_suspension_paths.py"),
    ),
    "requests_app/decision.py": (("_decide", "_consent_findings"), _DECISION),
    "requests_app/account_rules.py": (("account_findings",), _DECISION),
    "requests_app/pull.py": (
        ("_beyond", "_grant"),
        tuple(f"tests/integration/test_{name}.py" for name in ("pull", "key_scopes", "approved_purposes")),
    ),
    "broker/parties/keys.py": ((), ("tests/authz/test_key_modes.py",)),
}  # fmt: skip
LIST, OF_THE_LIST = "broker/parties/signin/step_up.py", ("tests/unit/test_step_up_list.py",)
KEYS = "broker/parties/keys.py"
# Questions whose yes frees from a touch: it is given to everybody.
FREES = {
    "request.method not in LISTED.get(match.view_name, ())",
    "row is not None and sessions.is_fresh(row, now=timezone.now())",
    "answered and take_touch(request, user, why=match.view_name)",
}
KINDS = {"standing", "step-up", "consent"}


def tests_of(file: str) -> tuple[str, ...]:
    """Name the tests that have to notice when a guard of this file is gone."""
    return OF_THE_LIST if file == LIST else STANDING[file][1]


def of(file: str, text: str) -> Iterator[tuple[int, str, str, str]]:
    """Find them in one file: line, kind, name, and the file without it."""
    tree = ast.parse(text)
    if file == LIST:
        yield from _listed(text, tree)
    if file == KEYS:
        yield from _mode(text, tree)
    functions = STANDING.get(file, ((), ()))[0]
    kind = "standing" if file.endswith("/guard.py") else "consent"
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in functions:
            for node in ast.walk(function):
                for line, name, without in _asked(text, node):
                    yield line, kind, f"{function.name} {name}", without


def _listed(text: str, tree: ast.Module) -> Iterator[tuple[int, str, str, str]]:
    """Take each address out of the list of what asks for a touch."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key in node.keys:
                if isinstance(key, ast.Constant):
                    lines = text.splitlines(keepends=True)
                    yield key.lineno, "step-up", str(key.value), "".join(lines[: key.lineno - 1] + lines[key.lineno :])


def _mode(text: str, tree: ast.Module) -> Iterator[tuple[int, str, str, str]]:
    """Find a key whatever kind it is of: `mode` is named with the columns whose values come in at each call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple) and any(
            isinstance(each, ast.Constant) and each.value == "mode" for each in node.elts
        ):
            kept = [each for each in node.elts if not (isinstance(each, ast.Constant) and each.value == "mode")]
            yield node.lineno, "standing", "mode of a key", cut(text, node, ast.unparse(ast.Tuple(kept)))


def _asked(text: str, node: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Pass over a question whose answer turns somebody away, and a rule that finds something wrong."""
    if isinstance(node, ast.If) and _turns_away(node):
        yield node.lineno, ast.unparse(node.test)[:60], cut(text, node.test, "False")
    if isinstance(node, ast.If) and ast.unparse(node.test) in FREES:
        yield node.lineno, ast.unparse(node.test)[:60], cut(text, node.test, "True")
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "_finding":
        at = next((each for each in node.args[1:] if not isinstance(each, ast.Constant) or each.value is None), None)
        if at is not None and ast.unparse(at) != "None":
            yield at.lineno, f"rule {ast.unparse(node.args[0])}", cut(text, at, "None")
    if isinstance(node, ast.Return) and isinstance(node.value, ast.IfExp):
        wrong, _right = _branches(node.value)
        yield node.lineno, ast.unparse(node.value.test)[:60], cut(text, node.value, wrong)


def _branches(node: ast.IfExp) -> tuple[str, str]:
    """Give what is answered where nobody asks, and what a refusal would be."""
    first, second = ast.unparse(node.body), ast.unparse(node.orelse)
    return (first, second) if second == "None" else (second, first)


def _turns_away(node: ast.If) -> bool:
    """Whether the last thing in it ends a session, answers in place of the view, or refuses."""
    last = ast.unparse(node.body[-1])
    return (
        "logout(" in last
        or "barred(" in last
        or "refusal(" in last
        or last.startswith("return '")
        or ("return ask_again" in last or "consent.absent" in last)
    )
