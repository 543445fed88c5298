"""Any folder: all audio files below it, of which nothing else is known."""

from __future__ import annotations

from vox_embed.data.layouts.base import Parsed, Parser, Recording, audio_files


class NoMetadataParser(Parser):
    """All audio files below the base folder."""

    def can_parse(self) -> bool:
        """Always."""
        return True

    def parse(self) -> Parsed:
        """Recordings without label, fold or partition."""
        return Parsed(tuple(Recording(path) for path in audio_files(self.basedir, below=True)))
