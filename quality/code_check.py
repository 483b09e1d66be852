"""Code blocks: Python is parsed, and run in the sandbox where the lesson states what it prints.

A block that does not parse is a defect, unless the lesson shows it as broken. An output is stated by a
block marked "output" or "text" after the code, by a comment (`# prints 3`, `# -> 3`), or by a doctest.
Programs that depend on the clock, on chance, on files, on input or on other packages are not judged.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from courseai.quality.check_words import one_of
from courseai.quality.defect import Claim, Defect, Status, quoted
from courseai.quality.lesson_markup import Block, lesson_blocks
from courseai.quality.python_text import literal_value, parsed_python
from courseai.quality.sandbox import Run, run_python

_PYTHON = frozenset("python py python3 pycon doctest".split())
_OUTPUT = frozenset("output text txt console plaintext stdout out result".split())
_MOST_RUNS = 8
"""Programs of one lesson that are run; the rest is unverifiable."""
_LONGEST_PROGRAM = 10_000
_BROKEN = re.compile(one_of("shown_as_broken"), re.IGNORECASE)
_BLANKS = re.compile(r"<[a-z][\w ]*>|_{3,}|^\s*[%!]\w|\.\.\.\s*\w|…", re.MULTILINE)
_STATED = re.compile(
    r"#\s*(?:prints?:?|outputs?:?|displays:?|imprime:?|->|=>|→|>>>?|Output:)\s*(\S.*?)\s*$", re.IGNORECASE
)
_NOT_REPEATABLE = frozenset(
    "random secrets time datetime uuid os sys pathlib socket threading asyncio tkinter".split()
)
_OUTSIDE = frozenset("input open id hash exec eval __import__ help dir globals locals".split())
_CONTEXT_IS_MISSING = (
    "NameError",
    "ImportError",
    "ModuleNotFoundError",
    "FileNotFoundError",
    "EOFError",
    "MemoryError",
)


@dataclass(frozen=True)
class _Listing:
    """One Python block with what stands around it."""

    code: str
    is_doctest: bool
    around: str
    """The text before and after it, and its own comments."""
    stated: tuple[str, ...]
    """The lines that it is said to print; empty where nothing is said."""


def code_findings(lesson_id: str, content: str) -> tuple[list[Defect], list[Claim]]:
    """Defects of a lesson's Python blocks, and one claim for each stated output. Runs code: seconds."""
    defects: list[Defect] = []
    claims: list[Claim] = []
    earlier: list[str] = []
    for listing in _listings(lesson_blocks(content)):
        problem = None if listing.is_doctest else syntax_problem(listing.code)
        if problem and not _is_meant_broken(listing):
            message = f"The Python code does not parse: {problem}."
            defects.append(Defect(lesson_id, "code_syntax", "block", message, quoted(listing.code)))
        if problem:
            continue
        if listing.stated or listing.is_doctest:
            status, said = _check(listing, earlier) if len(claims) < _MOST_RUNS else ("unverifiable", "")
            claims.append(Claim(lesson_id, "code", quoted(listing.code), status, said))
            if status == "contradicted":
                message = "The code does not print what the lesson says."
                defects.append(Defect(lesson_id, "code_output", "block", message, said))
        if not listing.is_doctest:
            earlier.append(listing.code)
    return defects, claims


def syntax_problem(code: str) -> str | None:
    """What keeps a piece of Python from being parsed, or None."""
    try:
        parsed_python(code)
    except SyntaxError as error:
        return f"{error.msg}, line {error.lineno}"
    except (ValueError, MemoryError, RecursionError):
        return "it cannot be read"
    return None


def _listings(blocks: Sequence[Block]) -> Iterator[_Listing]:
    for place, block in enumerate(blocks):
        if block.kind != "code" or block.info not in _PYTHON or len(block.text) > _LONGEST_PROGRAM:
            continue
        before = blocks[place - 1].text if place else ""
        after = blocks[place + 1].text if place + 1 < len(blocks) else ""
        is_doctest = block.text.lstrip().startswith(">>>")
        comments = " ".join(re.findall(r"#.*", block.text))
        stated = _output_after(blocks, place) or tuple(_STATED.findall(block.text))
        yield _Listing(block.text, is_doctest, f"{before} {comments} {after}", stated)


def _output_after(blocks: Sequence[Block], place: int) -> tuple[str, ...]:
    """The lines of an output block that follows at once, or after one short sentence that leads to it."""
    following = list(blocks[place + 1 : place + 3])
    if following and following[0].is_prose and following[0].text.rstrip().endswith(":"):
        following = following[1:]
    if not following or following[0].kind != "code" or following[0].info not in _OUTPUT:
        return ()
    return tuple(line.rstrip() for line in following[0].text.strip().splitlines())


def _is_meant_broken(listing: _Listing) -> bool:
    """Whether the lesson shows the code as an error, as a pattern with blanks, or as an unfinished body."""
    is_unfinished = "expected an indented block" in (syntax_problem(listing.code) or "")
    return bool(is_unfinished or _BROKEN.search(listing.around) or _BLANKS.search(listing.code))


def _check(listing: _Listing, earlier: Sequence[str]) -> tuple[Status, str]:
    """Run a listing, with the lesson's earlier ones before it where it needs their names."""
    if not _is_repeatable(listing):
        return "unverifiable", ""
    run = run_python(_program(listing, ()))
    if run.outcome == "failed" and run.error.startswith("NameError") and earlier:
        run = run_python(_program(listing, earlier))
    if run.outcome in ("unavailable", "stopped") or run.error.startswith(_CONTEXT_IS_MISSING):
        return "unverifiable", ""
    if listing.is_doctest:
        return _doctest_status(run)
    return _compare(listing, run)


def _is_repeatable(listing: _Listing) -> bool:
    """Whether the program gives the same output everywhere, with Python alone."""
    if listing.is_doctest:
        examples = re.findall(r"^\s*(?:>>>|\.\.\.) ?(.*)$", listing.code, re.MULTILINE)
        names = set(re.findall(r"[A-Za-z_]\w*", "\n".join(examples)))
        return not names & (_NOT_REPEATABLE | _OUTSIDE)
    nodes = list(ast.walk(parsed_python(listing.code)))
    modules = {alias.name.partition(".")[0] for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    modules |= {(n.module or "").partition(".")[0] for n in nodes if isinstance(n, ast.ImportFrom)}
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    is_standard = modules <= set(sys.stdlib_module_names) - _NOT_REPEATABLE
    has_order = not any(isinstance(n, ast.Set | ast.SetComp) for n in nodes) and "set" not in names
    return is_standard and has_order and not names & _OUTSIDE


def _program(listing: _Listing, earlier: Sequence[str]) -> str:
    """What is run: earlier listings with their output thrown away, then this one."""
    if listing.is_doctest:
        return _DOCTEST.format(text=textwrap.dedent(listing.code))
    code = textwrap.dedent(_with_values_shown(listing.code))
    if not earlier:
        return code
    return _WITH_CONTEXT.format(earlier="\n".join(map(textwrap.dedent, earlier)), code=code)


_DOCTEST = """\
import doctest
test = doctest.DocTestParser().get_doctest({text!r}, {{}}, "lesson", None, 0)
runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
runner.run(test)
print(runner.summarize(verbose=False).failed)
"""
_WITH_CONTEXT = """\
import contextlib, io
names = {{"__name__": "__main__"}}
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
    exec({earlier!r}, names)
exec({code!r}, names)
"""


def _with_values_shown(code: str) -> str:
    """`len(x)  # -> 3` prints nothing by itself: such expressions and assignments print their value."""
    lines = textwrap.dedent(code).splitlines()
    tree = parsed_python(code)
    for statement in reversed(tree.body):
        line = (statement.end_lineno or 0) - 1
        shown = _shown_value(statement)
        if shown and line < len(lines) and _STATED.search(lines[line]):
            lines.insert(line + 1, f"print(repr({shown}))")
    return "\n".join(lines)


def _shown_value(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and not _is_print(statement.value):
        return ast.unparse(statement.value)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _is_print(expression: ast.expr) -> bool:
    is_call = isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name)
    return is_call and expression.func.id == "print"  # type: ignore[attr-defined]


def _doctest_status(run: Run) -> tuple[Status, str]:
    last = run.output.strip().splitlines()[-1:] if run.outcome == "finished" else []
    if last == ["0"]:
        return "verified", ""
    if not last:
        return "unverifiable", ""
    return ("unverifiable", "") if "NameError" in run.output else ("contradicted", quoted(run.output[-400:]))


def _compare(listing: _Listing, run: Run) -> tuple[Status, str]:
    """Stated lines must come in the output in their order; an error counts as its last line."""
    printed = [line.rstrip() for line in (*run.output.splitlines(), run.error)]
    remaining = iter(printed)
    missing = [line for line in listing.stated if not any(_is_same(line, other) for other in remaining)]
    if not missing:
        return "verified", ""
    if run.error and "Error" in " ".join(listing.stated):
        name = run.error.partition(":")[0]
        return ("verified", "") if name in " ".join(listing.stated) else ("unverifiable", "")
    if not all(_is_literal(line, listing) for line in missing):
        return "unverifiable", ""
    return "contradicted", quoted(f"stated: {missing[0]}; printed: {' / '.join(filter(None, printed))}")


def _is_same(stated: str, printed: str) -> bool:
    return _bare(stated) == _bare(printed)


def _bare(line: str) -> str:
    return " ".join(line.split()).strip("'\"`").rstrip(".")


def _is_literal(line: str, listing: _Listing) -> bool:
    """Whether a stated line is an output letter for letter, and not a description of it."""
    if "..." in line or "…" in line:
        return False
    if line not in _STATED.findall(listing.code):
        return True
    try:
        literal_value(line)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return " " not in line
    return True
