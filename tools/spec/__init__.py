"""From firmware/vox/spec to all that repeats it: C headers, Python, MicroPython, tables of documents."""
