"""Synthetic speech data sets: espeak-ng voices in made-up rooms."""

from vox_embed.data.synth.make import Recipe, make_corpus, parse_words

__all__ = ["Recipe", "make_corpus", "parse_words"]
