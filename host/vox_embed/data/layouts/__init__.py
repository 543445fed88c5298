"""One module for each way to lay a database out: a table of files, or folders that name them."""
