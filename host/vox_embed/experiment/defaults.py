"""Defaults that the experiment file and the command line share."""

DEFAULT_TARGET = "qemu-m4"
"""The board that is exported for, measured and emulated where none is named."""
