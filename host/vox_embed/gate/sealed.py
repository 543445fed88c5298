"""Texts that tell when they were changed, or were meant for something else."""

from __future__ import annotations

import hashlib


def seal_text(text: str, key: str) -> str:
    """The text behind a line with its checksum."""
    return f"{_digest(text, key)}\n{text}"


def unseal_text(sealed: str, key: str) -> str:
    """What `seal_text` was given for the same key. ValueError where any character differs."""
    digest, _, text = sealed.partition("\n")
    if digest != _digest(text, key):
        raise ValueError("damaged, or kept for something else")
    return text


def _digest(text: str, key: str) -> str:
    return hashlib.blake2b(f"{key}\n{text}".encode(), digest_size=16).hexdigest()
