"""Words put together from pieces of recorded speech (unit selection)."""
