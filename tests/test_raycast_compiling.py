"""The compiled functions as source: short, and each of them truly compiled."""

from __future__ import annotations

import ast
from pathlib import Path

from livedepth.capture import raycast
from livedepth.capture.raycast.compiling import FASTMATH, function, inlined, kernel


def test_no_compiled_function_is_longer_than_sixty_lines() -> None:
    functions = [
        node
        for path in Path(raycast.__file__).parent.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) > 50
    for node in functions:
        assert node.end_lineno - node.lineno < 60, node.name


def test_every_decorator_compiles_without_the_interpreter_and_frees_other_threads() -> None:
    for decorator in (kernel, function, inlined):
        options = decorator(lambda x: x + 1.0).targetoptions
        assert options["nopython"]
        assert options["nogil"]
        assert options["fastmath"] == FASTMATH


def test_the_compiler_is_not_promised_the_absence_of_infinities() -> None:
    assert not FASTMATH & {"nnan", "ninf", "fast"}
