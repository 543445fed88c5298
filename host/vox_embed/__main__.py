"""`python -m vox_embed`: the same as `vox-embed`."""

from vox_embed.cli.main import run

if __name__ == "__main__":
    run()
