"""Python in texts: read by Python's own parser, and never run.

One thread at a time: the threads of CPython 3.11 count together how deep they are in a syntax tree, and where
one waits for another meanwhile, a parse ends in `SystemError: AST constructor recursion depth mismatch`.
`warnings.catch_warnings` is for one thread at a time as well.
"""

from __future__ import annotations

import ast
import textwrap
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()


def parsed_python(code: str) -> ast.Module:
    """The tree of a program, which may be indented.

    Raises SyntaxError, and ValueError, RecursionError or MemoryError for what no parser takes.
    """
    with _alone():
        return ast.parse(textwrap.dedent(code))


def literal_value(text: str) -> object:
    """The value of a literal; raises what `ast.literal_eval` does."""
    with _alone():
        return ast.literal_eval(text)


@contextmanager
def _alone() -> Iterator[None]:
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
