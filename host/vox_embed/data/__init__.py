"""Databases, readers, filters, splits, audio decoding, synthetic speech."""

from vox_embed.data.audio import content_hash, probe, read_audio
from vox_embed.data.dataset import Dataset
from vox_embed.data.load import load_dataset

__all__ = ["Dataset", "content_hash", "load_dataset", "probe", "read_audio"]
