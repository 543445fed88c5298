"""The `vox-embed` command: one file for each of its commands."""
