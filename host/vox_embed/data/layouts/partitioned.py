"""Folders of partitions with folders of labels: `train/yes/a.wav`, `devel/yes/b.wav`, `test/no/c.wav`."""

from __future__ import annotations

from vox_embed.data.layouts.base import Parsed, Parser, Partition, Recording, audio_files, folders, numbered

_NAMES = {partition.name.lower(): partition for partition in Partition}


class PartitionedParser(Parser):
    """Folders `train`, `devel`, `test`; one is enough."""

    def can_parse(self) -> bool:
        """Whether all folders are partitions, and hold folders alone."""
        found = folders(self.basedir)
        return bool(found) and all(folder.name in _NAMES and folders(folder) for folder in found)

    def parse(self) -> Parsed:
        """Recordings, partition by partition."""
        recordings = tuple(
            Recording(path, label.name, partition=_NAMES[top.name])
            for top in sorted(
                (folder for folder in folders(self.basedir) if folder.name in _NAMES),
                key=lambda folder: _NAMES[folder.name],
            )
            for label in folders(top)
            for path in audio_files(label)
        )
        return Parsed(recordings, 0, numbered(str(item.label) for item in recordings))
