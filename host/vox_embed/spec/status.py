"""Status codes (vox/status.h).

Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
"""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """VOX_*."""

    OK = 0
    ERR_ARGUMENT = -1
    """a null pointer or a value outside its documented range"""
    ERR_ALIGNMENT = -2
    """the model or the memory does not start at a multiple of 8"""
    ERR_MAGIC = -3
    """not a .vxm file"""
    ERR_VERSION = -4
    """a .vxm of a version that this library does not read"""
    ERR_TRUNCATED = -5
    """the file is shorter than it says"""
    ERR_CRC = -6
    """checksum mismatch: damaged in storage or transfer"""
    ERR_SECTION = -7
    """a section is missing, doubled, misplaced, or of the wrong size"""
    ERR_FRONTEND = -8
    """FRNT, FUNC or NORM: parameters out of range or tables inconsistent"""
    ERR_TENSOR = -9
    """PROG: a tensor's type, shape or place in the arena is invalid"""
    ERR_OP = -10
    """PROG: an op's arguments do not fit its tensors or its weights"""
    ERR_UNSUPPORTED = -11
    """an op or feature that this build leaves out"""
    ERR_MEMORY = -12
    """the memory handed over is too small"""
    ERR_DECISION = -13
    """LABL or DECI invalid, or sections that do not fit each other"""
    ERR_STATE = -14
    """called out of order"""
    ERR_FRAME = -15
    """link: a frame with a bad length, checksum or version"""
    ERR_STORAGE = -16
    """device: no room for, or no way to keep, a pushed model"""
    ERR_BARE = -17
    """a bare network is asked to hear"""
    ERR_SIGNATURE = -18
    """device: a model that is not signed with the key that this image trusts, or was changed since"""
    ERR_REVISION = -19
    """device: a signed model of a lower revision than one that was taken before"""
    ERR_WORK = -20
    """an op, an inference or a second of sound takes more than the format's limits of work"""
