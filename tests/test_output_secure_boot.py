"""Machines that only load signed modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from livedepth.outputs import secure_boot


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(secure_boot, "_LOCKDOWN", tmp_path / "lockdown")
    monkeypatch.setattr(secure_boot, "_SECURE_BOOT", tmp_path / "variable")
    certificates = (tmp_path / "MOK.der", tmp_path / "mok.pub")
    monkeypatch.setattr(secure_boot, "_CERTIFICATES", certificates)
    return tmp_path


@pytest.mark.parametrize(
    ("lockdown", "variable", "signed"),
    [
        (None, None, False),
        ("[none] integrity confidentiality\n", None, False),
        ("none [integrity] confidentiality\n", None, True),
        ("none integrity [confidentiality]\n", b"\6\0\0\0\0", True),
        (None, b"\6\0\0\0\1", True),
        (None, b"\6\0\0\0\0", False),
        ("[none] integrity confidentiality\n", b"\6\0\0\0\1", True),
        (None, b"", False),
    ],
)
def test_lockdown_and_the_firmware_are_asked(
    machine: Path, lockdown: str | None, variable: bytes | None, signed: bool
) -> None:
    if lockdown is not None:
        (machine / "lockdown").write_text(lockdown)
    if variable is not None:
        (machine / "variable").write_bytes(variable)
    assert secure_boot.only_signed_modules() is signed


def test_the_certificate_that_is_there_is_named(machine: Path) -> None:
    assert f"mokutil --import {machine}/mok.pub, restart" in secure_boot.enrol_key()
    (machine / "MOK.der").touch()
    assert f"mokutil --import {machine}/MOK.der, restart" in secure_boot.enrol_key()
