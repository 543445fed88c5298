"""One module for each way that a data set of recordings can be laid out; `index.py` lists them."""
