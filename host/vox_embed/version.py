"""The release that this is."""

__version__ = "0.1.0"
HOMEPAGE = "https://pypi.org/project/vox-embed/"
"""For manifests that want one."""
