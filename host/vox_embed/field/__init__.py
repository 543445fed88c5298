"""Long recordings through the integer listener: false accepts an hour, misses, operating points."""
