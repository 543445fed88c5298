"""Recurrent autoencoders along time, along frequency, and along both."""
