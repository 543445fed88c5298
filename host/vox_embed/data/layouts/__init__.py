"""One module for each way to lay a database out: a table of files, folders that name them, published data
sets. `index.py` lists those that are found by themselves."""
