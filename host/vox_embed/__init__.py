"""vox-embed: one YAML file becomes a speech or audio classifier that runs on a microcontroller.

The rooms of the package, from the bottom up: `core` (the compiled C library), `experiment` (the YAML file),
`data`, `features`, `models`, `program`, `export` and `device`, `report`, `cli`. A room imports only from
rooms below it.
"""

__version__ = "0.1.0"
