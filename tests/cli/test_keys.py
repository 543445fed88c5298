"""`vox-embed keys`, and `export --sign`, as they are typed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from helpers.tiny_model import tiny_model
from vox_embed.cli.main import app
from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program import signature

pytest.importorskip("cryptography")


def vox(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_model_is_signed_and_checked(tmp_path: Path) -> None:
    model = tmp_path / "tiny.vxm"
    model.write_bytes(tiny_model())
    vox("keys", "new", tmp_path / "own")
    vox("keys", "new", tmp_path / "other")
    assert stat.S_IMODE((tmp_path / "own.pem").stat().st_mode) == 0o600
    out = tmp_path / "out"
    vox("export", model, "--target", "vxm", "--out", out, "--sign", tmp_path / "own.pem", "--revision", 7)
    signed = out / "tiny.vxm"
    assert "revision 7" in vox("keys", "check", signed, tmp_path / "own.pub.pem")
    assert Model(signed.read_bytes()).crc == Model(tiny_model()).crc
    data = signed.read_bytes()
    trusted = signature.public_key(tmp_path / "own.pub.pem")
    for place in (0, 100, len(data) - 81, len(data) - 76, len(data) - 64, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1
        assert not signature.is_signed_by(bytes(changed), trusted)
    for wrong in (model, tmp_path / "own.pub.pem"):
        with pytest.raises(VoxError):
            vox("keys", "check", wrong, tmp_path / "other.pub.pem")
    with pytest.raises(VoxError, match="is signed with the key"):
        vox("keys", "check", signed, tmp_path / "other.pub.pem")


def test_signing_again_takes_the_old_signature_away(tmp_path: Path) -> None:
    signature.new_key(tmp_path / "k.pem", tmp_path / "k.pub.pem")
    key = signature.private_key(tmp_path / "k.pem")
    once = signature.sign(tiny_model(), key, 1)
    assert signature.sign(once, key, 2) == signature.sign(tiny_model(), key, 2)


def test_refusals(tmp_path: Path) -> None:
    model = tmp_path / "tiny.vxm"
    model.write_bytes(tiny_model())
    vox("keys", "new", tmp_path / "own")
    with pytest.raises(VoxError, match="is there already"):
        vox("keys", "new", tmp_path / "own")
    with pytest.raises(VoxError, match="not an Ed25519 private key"):
        vox("export", model, "--target", "vxm", "--out", tmp_path / "o", "--sign", tmp_path / "own.pub.pem")
    with pytest.raises(VoxError, match="signs a model that is pushed"):
        vox("export", model, "--target", "c99", "--out", tmp_path / "o", "--sign", tmp_path / "own.pem")
    (tmp_path / "junk").write_bytes(bytes(10000))
    with pytest.raises(VoxError):
        vox("keys", "check", model, tmp_path / "junk")
