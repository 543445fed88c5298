"""Codes, limits and layouts of the model file and the link, made from firmware/vox/spec."""
