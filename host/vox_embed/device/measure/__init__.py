"""What a model costs on a board: bytes of the linked image, worst-case stack, exact instruction counts."""
