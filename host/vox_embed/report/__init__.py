"""Scores, tables, plots and the HTML report of an experiment."""
