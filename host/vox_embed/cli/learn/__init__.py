"""`vox-embed learn ...`: one file for each of its commands."""
