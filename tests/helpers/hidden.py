"""The command line in a process where packages are missing, to be run with `python -c`."""

HIDE = """
import importlib.abc, os, sys

hidden = os.environ["HIDDEN"].split(",")

class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide())
from vox_embed.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""Names of the packages, separated by commas, come in the environment variable HIDDEN."""
