"""A public key in PEM as C:  python3 public_key.py KEY.pub.pem OUT.c"""

import base64
import binascii
import sys
from pathlib import Path

PREFIX = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519

lines = Path(sys.argv[1]).read_text(encoding="ascii", errors="replace").split("\n")
body = [line.strip() for line in lines if line.strip() and not line.startswith("-----")]
try:
    key = base64.b64decode("".join(body), validate=True)
except binascii.Error:
    key = b""
if lines[0].strip() != "-----BEGIN PUBLIC KEY-----" or len(key) != len(PREFIX) + 32 or not key.startswith(PREFIX):
    sys.exit(f"{sys.argv[1]}: not an Ed25519 public key in PEM; `vox-embed keys new NAME` makes a pair")
numbers = ", ".join(f"0x{byte:02X}" for byte in key[len(PREFIX) :])
text = f'#include "public_key.h"\n\nconst uint8_t app_public_key[32] = {{{numbers}}};\n'
Path(sys.argv[2]).write_text(text, encoding="utf-8")
