"""Features learned without labels: recurrent autoencoders over spectrograms, and their netCDF files.

Commands, options and files are those of auDeep (Freitag et al. 2018, "auDeep: Unsupervised Learning of
Representations from Audio with Deep Recurrent Neural Networks", JMLR 18).
"""
