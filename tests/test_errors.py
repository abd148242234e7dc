from __future__ import annotations

import inspect

import pytest

from livedepth import errors

ALL = [cls for _, cls in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("cls", ALL)
def test_every_error_is_ours_and_stands_in_the_tree(cls: type[Exception]) -> None:
    assert issubclass(cls, errors.LivedepthError)
    assert cls.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("cls", ALL)
def test_misuse_exits_with_two_and_the_rest_with_one(cls: type[errors.LivedepthError]) -> None:
    assert cls.exit_status == (2 if issubclass(cls, errors.UsageError) else 1)


def test_a_settings_error_is_a_value_error_too() -> None:
    assert issubclass(errors.SettingsError, ValueError)
