"""Takes one guard out of the code, in a copy of the tree, and sees whether the matrix notices: `./run faults guards`.

A guard is what stands between somebody and a page, a row or data: a decorator of a role, the wrapping of a page of the
desk, a permission, what narrows a query to the caller's own, a refusal before data leaves. It is replaced by what lets
everybody in as if they were whom it waits for; a query is asked without the narrowing; a refusal is passed over.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.authz import narrowing, standing
from tests.authz.cutting import cut
from tests.environment import ROOT

PACKAGES = ("broker", "consents", "requests_app")
_USERS = "__import__('broker.parties.models', fromlist=['User']).User.objects"
_OFFICER, _ANALYST = (
    f"{_USERS}.filter(role='{role}').order_by('created_at').first()" for role in ("officer", "analyst")
)
_CUSTOMER = "__import__('broker.parties.models', fromlist=['Customer']).Customer.objects.order_by('created_at').first()"
_LETTER = (
    "__import__('consents.models', fromlist=['LetterOfAuthorization']).LetterOfAuthorization.objects"
    ".order_by('signed_at').first()"
)
_DESK = "__import__('broker.publishing', fromlist=['working']).working('obec')"
_DRAFT = "__import__('consents.models', fromlist=['Draft']).Draft.objects.order_by('created_at').first()"
# The decorator of a page, and as whom it lets everybody in when it is taken out.
DECORATORS = {
    "officer_only": _OFFICER, "officers": _OFFICER, "two_people": _OFFICER, "analyst_only": _ANALYST,
    "with_customer": _CUSTOMER, "with_letter": _LETTER, "with_desk": _DESK, "with_draft": _DRAFT,
}  # fmt: skip
# Refusals before data leaves or a row is found, in these files: an `if` that ends in one of them is passed over.
REFUSING = (
    "requests_app/release.py", "requests_app/api/links.py", "requests_app/recipients/guard.py",
    "broker/parties/api_auth.py", "requests_app/recipients/data_views.py", "requests_app/recipients/file_views.py",
    "requests_app/own_request.py", "requests_app/own_data.py", "requests_app/api/views/files.py",
    "requests_app/api/views/readings.py", "requests_app/test_orders/views.py",
    "requests_app/test_orders/request_views.py", "requests_app/brought/answering.py",
)  # fmt: skip
# Functions whose answer is a permission: they say yes to everybody.
_REFUSALS = ("efus", "Http404", "not_found", "False", "Throttled", "OutsideKey", "AuthenticationFailed", "suspended")
YES = {
    "requests_app/admin_site.py": ("has_permission",),
    "requests_app/admin.py": ("has_add_permission", "has_change_permission", "has_delete_permission"),
    "broker/parties/api_auth.py": ("has_permission",),
    "broker/parties/scopes.py": ("opens",),
}
# What makes a key one that opens: in the question that is asked at each call, whose values come in as `Given`.
KEY_FILTERS = {"broker/parties/keys.py": ("revoked_at", "expires_at__gt", "key_hash")}


@dataclass(frozen=True)
class Guard:
    """One guard: where it stands, of which kind it is, what it is called, and the file without it."""

    file: str
    line: int
    kind: str
    name: str
    without: str

    @property
    def id(self) -> str:
        """Name it."""
        return f"{self.file}:{self.line}:{self.kind}:{self.name}"


def tests_of(guard: Guard) -> tuple[str, ...]:
    """Name the tests that have to notice when it is gone; nothing where the matrix has to."""
    if guard.kind in standing.KINDS:
        return standing.tests_of(guard.file)
    if guard.kind not in ("scope", "refusal"):
        return ()
    by_word = f"{guard.file} {guard.name.partition('=')[0]}"
    return narrowing.BY_TESTS.get(by_word) or narrowing.BY_TESTS.get(guard.file, ())


def guards(root: Path = ROOT) -> list[Guard]:
    """Find every guard of the tree."""
    found: list[Guard] = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                file = str(path.relative_to(root))
                text = path.read_text()
                for line, kind, name, new in (*_of(file, text), *standing.of(file, text)):
                    found.append(Guard(file, line, kind, name, new))
    return found


def _of(file: str, text: str) -> Iterator[tuple[int, str, str, str]]:
    tree = ast.parse(text)
    named = _named_here(tree)
    for found in narrowing.narrowed(tree):
        if narrowing.is_guard(file, found):
            yield _unnarrowed(text, found.call, found.word)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from _decorators(text, node, named)
            if node.name in YES.get(file, ()):
                yield node.lineno, "permission", node.name, _yes(text, node)
        elif isinstance(node, ast.Call):
            yield from _wrapping(text, node)
            if file in KEY_FILTERS and "Given" in ast.unparse(node):
                yield from (_unnarrowed(text, node, each) for each in node.keywords if each.arg in KEY_FILTERS[file])
        elif isinstance(node, ast.If) and file.startswith(REFUSING) and _refuses(node):
            yield node.lineno, "refusal", ast.unparse(node.test)[:60], cut(text, node.test, "False")


def _named_here(tree: ast.Module) -> dict[str, ast.Call]:
    """Give what a file calls its own decorators of roles: `_TWO = only(Role.OFFICER, Role.APPROVER)`."""
    return {
        each.targets[0].id: each.value
        for each in tree.body
        if isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Name)
        and isinstance(each.value, ast.Call)
        and ast.unparse(each.value.func) == "only"
    }


def _first_of(made: ast.Call) -> str:
    """Give the first person whom a decorator of roles lets in; of every role, an officer."""
    role = ast.unparse(made.args[0]).rpartition(".")[2].lower()
    return _OFFICER if role.startswith("*") else f"{_USERS}.filter(role='{role}').order_by('created_at').first()"


def _decorators(text: str, node: ast.FunctionDef, named: dict[str, ast.Call]) -> Iterator[tuple[int, str, str, str]]:
    for each in node.decorator_list:
        called = each.func if isinstance(each, ast.Call) else each
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        made = each if isinstance(each, ast.Call) and name == "only" else named.get(name)
        if made is not None:
            let = f"(lambda view: lambda request, *a, **k: view(request, {_first_of(made)}, *a, **k))"
            yield each.lineno, "role", f"{name} {node.name}", cut(text, each, let)
        elif name in DECORATORS:
            let = f"(lambda view: lambda request, *a, **k: view(request, {DECORATORS[name]}, *a, **k))"
            yield each.lineno, "role", f"{name} {node.name}", cut(text, each, let)
        elif name == "login_required":
            yield each.lineno, "role", f"{name} {node.name}", cut(text, each, "(lambda view: view)")


def _wrapping(text: str, node: ast.Call) -> Iterator[tuple[int, str, str, str]]:
    if ast.unparse(node.func) == "path":
        wrapped = node.args[1] if len(node.args) > 1 else None
        name = next((ast.literal_eval(each.value) for each in node.keywords if each.arg == "name"), "")
        if isinstance(wrapped, ast.Call) and ast.unparse(wrapped.func) in ("self.admin_view", "view", "wrap", "guard"):
            yield wrapped.lineno, "page", f"admin:{name}", cut(text, wrapped, ast.unparse(wrapped.args[0]))


def _unnarrowed(text: str, node: ast.Call, word: ast.keyword) -> tuple[int, str, str, str]:
    kept = [other for other in node.keywords if other is not word]
    whole = ast.unparse(node.func) == "Q"  # of `Q(owner=user) | Q(shared=True)` an empty one were nothing
    new = "Q(pk__isnull=False)" if whole else ast.unparse(ast.Call(node.func, node.args, kept))
    return word.value.lineno, "scope", f"{word.arg}={ast.unparse(word.value)[:40]}", cut(text, node, new)


def _refuses(node: ast.If) -> bool:
    if any("foreign(" in ast.unparse(each) for each in node.body):
        return True
    last = ast.unparse(node.body[-1])
    return last.startswith(("return", "raise")) and any(word in last for word in _REFUSALS)


def _yes(text: str, node: ast.FunctionDef) -> str:
    lines = text.splitlines(keepends=True)
    first = node.body[0]
    pad = " " * first.col_offset
    lines[first.lineno - 1 : node.end_lineno] = [f"{pad}return True\n"]
    return "".join(lines)
