"""What the house's rules forbid in a file, found by reading it. A finder yields `line: what` for each offence.

`test_house_rules.py` runs every finder over the repository, and over a text that breaks its rule: a rule that cannot
fail guards nothing.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from shared.person import flaw_of

ROOT = Path(__file__).parent.parent
LONGEST_FILE, LONGEST_FUNCTION = 250, 30
ALLOWED_NUMBERS = {"201306152388", "200803032390", "198507099805", "191212121212"}
"""Those of the contract's samples, and Skatteverket's for tests."""


@dataclass(frozen=True)
class Source:
    """A file, by its path from the root."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function in it, methods and inner ones too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    @cached_property
    def calls(self) -> list[tuple[ast.Call, str]]:
        """Every call with what is called, as it is written."""
        return [(node, ast.unparse(node.func)) for node in ast.walk(self.tree) if isinstance(node, ast.Call)]


Finder = Callable[[Source], Iterator[str]]


@cache
def sources(*folders: str) -> list[Source]:
    """Return the Python files under these folders of the repository."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def texts() -> Iterator[Source]:
    """Yield every file of the repository that is text."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        is_ours = parts[0] not in {"var", "build", "dist"} and (parts[0] == ".ci" or not parts[0].startswith("."))
        if is_ours and path.is_file() and not any(p == "__pycache__" or p.endswith(".egg-info") for p in parts):
            try:
                yield Source("/".join(parts), path.read_text(encoding="utf-8"))
            except UnicodeDecodeError:
                continue


def offences(finder: Finder, searched: Iterable[Source]) -> list[str]:
    """Return everything a finder finds, with its file."""
    return [f"{source.path}:{found}" for source in searched for found in finder(source)]


def named_in_bodies(source: Source) -> set[str]:
    """Return every dotted name that stands in a function's body, outside signatures and decorators."""
    inside = [node for function in source.functions for statement in function.body for node in ast.walk(statement)]
    return {ast.unparse(node) for node in inside if isinstance(node, ast.Name | ast.Attribute)}


def long_file(source: Source) -> Iterator[str]:
    """A file longer than the budget."""
    length = len(source.text.splitlines())
    if length > LONGEST_FILE:
        yield f"{length}: lines"


def long_functions(source: Source) -> Iterator[str]:
    """Functions longer than the budget, decorators not counted."""
    for function in source.functions:
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{function.lineno}: {function.name} has {length} lines"


def waiting(source: Source) -> Iterator[str]:
    """Anything that awaits."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith):
            yield f"{node.lineno}: {type(node).__name__}"


def permits_made(source: Source) -> Iterator[str]:
    """A permit made, or its maker's mark named."""
    for call, called in source.calls:
        if called.split(".")[-1] == "Permit" or ast.unparse(call) == "object.__new__(Permit)":
            yield f"{call.lineno}: {ast.unparse(call)}"
    for node in ast.walk(source.tree):
        if "_MAKER" in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", "")):
            yield f"{getattr(node, 'lineno', 0)}: the gate's own mark"


def content_without_permit(source: Source) -> Iterator[str]:
    """Sealed values opened in a function that takes no permit, or `content_of` called with something else."""
    for function in source.functions:
        arguments = [*function.args.args, *function.args.kwonlyargs]
        permits = {each.arg for each in arguments if each.annotation and ast.unparse(each.annotation) == "Permit"}
        for call, called in Source(source.path, ast.unparse(function)).calls:
            if called.endswith("vault.open") and not permits:
                yield f"{function.lineno}: {function.name} opens without a permit"
            if called.split(".")[-1] == "content_of" and ast.unparse(call.args[-1]) not in permits:
                yield f"{function.lineno}: {function.name} asks for content without a permit"


def moments_taken(source: Source) -> Iterator[str]:
    """The machine's clock read."""
    for call, called in source.calls:
        if re.fullmatch(r"(.*\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns)|(local|gm)time", called):
            yield f"{call.lineno}: {called}"


LOGGED = {
    "error",
    "queue",
    "message_id",
    "reason",
    "at",
    "attempt",
    "delivery_id",
    "state",
    "deliveries",
    "seal_id",
    "head",
}
"""What a log line may name: ids, codes, places in our own code, counts."""


def careless_log_calls(source: Source) -> Iterator[str]:
    """Log calls with anything but a fixed text and named ids; other ways to write than `log()`."""
    for call, called in source.calls:
        if re.fullmatch(r"print|sys\.stdout\.write|(structlog|logging)\.(get|debug|info|warn|err).*", called):
            yield f"{call.lineno}: {called}"
        if called.startswith("log()."):
            yield from (f"{call.lineno}: {why}" for why in _carelessness(call))


def _carelessness(call: ast.Call) -> Iterator[str]:
    if len(call.args) != 1 or not _is_fixed_text(call.args[0]):
        yield "the text is not one fixed text"
    for keyword in call.keywords:
        said = ast.unparse(keyword.value)
        if keyword.arg not in LOGGED:
            yield f"{keyword.arg} is not among what may be logged"
        elif keyword.arg == "error" and not re.fullmatch(r"type\(\w+\)\.__name__", said):
            yield "of an error only its class"
        elif isinstance(keyword.value, ast.Call | ast.JoinedStr | ast.BinOp | ast.Dict) or said in {"event", "self"}:
            yield f"{said} may hold contents"


def _is_fixed_text(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_fixed_text(node.body) and _is_fixed_text(node.orelse)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def undocumented_tests(source: Source) -> Iterator[str]:
    """Tests that do not say their truth."""
    for function in source.functions:
        if function.name.startswith("test_") and not (ast.get_docstring(function) or "").endswith("."):
            yield f"{function.lineno}: {function.name}"


def handlers_without_sentence(source: Source) -> Iterator[str]:
    """Handlers whose docstring is not one sentence."""
    for function in source.functions:
        if any(ast.unparse(each).startswith("router.") for each in function.decorator_list):
            text = ast.get_docstring(function) or ""
            if not text.endswith(".") or re.search(r"[.!?]\s", text):
                yield f"{function.lineno}: {function.name}"


_FORBIDDEN = re.compile(
    r"^_*(handle|process|do)_|(^|_)(managers?|helpers?|utils?|common|base|core|processors?|data|infos?|items?)(_|$)"
)
OTHERS_WORDS = re.compile(
    r"_?data|data_type|with_data"  # CloudEvents 1.0: the attribute that holds what is said
    r"|info"  # pydantic's argument of a validator
    r"|.*personal_data.*"  # the law's word: personuppgifter
    r"|handle_(starttag|startendtag|endtag|data|EHLO|RCPT|DATA)"  # hooks of html.parser and aiosmtpd
)


def forbidden_names(source: Source) -> Iterator[str]:
    """Names of files, classes, functions, arguments and variables that say nothing."""
    names = [(1, Path(source.path).stem)]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append((node.lineno, node.name))
        elif isinstance(node, ast.arg):
            names.append((node.lineno, node.arg))
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.append((node.lineno, node.id if isinstance(node, ast.Name) else node.attr))
    for line, name in names:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        if _FORBIDDEN.search(words) and not OTHERS_WORDS.fullmatch(name) and not name.startswith("test_"):
            yield f"{line}: {name}"


_EXPLAINED = re.compile(r"(noqa: [A-Z0-9, ]+ - |ignore\[[a-z, -]+\]  # )(?!noqa|type:)\w+")


def unexplained_exceptions(source: Source) -> Iterator[str]:
    """A lint or type rule switched off without a reason on the line."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        is_exception = token.type == tokenize.COMMENT and re.search(r"#\s*(noqa|type:\s*ignore)", token.string)
        if is_exception and not _EXPLAINED.search(token.string):
            yield f"{token.start[0]}: {token.string}"


_REGISTRIES = re.compile(
    r"\b(pypi|pythonh[o]sted|npmjs|artifactory|jfrog|devpi|nexus|quay|ghcr|gcr|rubygems|crates)\.[a-z]{2,}"
    r"|(index-url|find-links|registry)[ =:\"]+https?://"
)
_MACHINE_PATHS = re.compile(r"(?<![\w.])/(work|home|root|Users)/\w|\b[A-Z]:\\\\?Users")


def download_addresses(source: Source) -> Iterator[str]:
    """Names of package registries, and any address at all in a lock."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if _REGISTRIES.search(line) or (source.path.endswith(".lock") and "://" in line):
            yield f"{number}: {line.strip()[:80]}"


def machine_paths(source: Source) -> Iterator[str]:
    """Paths of the machine somebody happened to sit at."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if _MACHINE_PATHS.search(line) or str(ROOT) in line:
            yield f"{number}: {line.strip()[:80]}"


def identity_numbers(source: Source) -> Iterator[str]:
    """Valid personal identity numbers other than the allowed ones, in 10 or 12 digits."""
    for number, line in enumerate(source.text.splitlines(), 1):
        found = re.findall(r"(?<![\w])((?:19|20)?)([0-9]{6})([-+ ]?)([0-9]{4})(?![\w])", line)
        for century, day, sign, last in found:
            if not century and not sign:
                continue  # ten digits alone are as often a telephone number or an amount
            full = [f"{each}{day}{last}" for each in ([century] if century else ["19", "20"])]
            if any(flaw_of(each) is None for each in full) and not ALLOWED_NUMBERS & set(full):
                yield f"{number}: a valid number that is not one of the test numbers"
