"""Statistics and pictures of data: what a model could learn from, wanted or not."""
