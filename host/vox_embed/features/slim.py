"""A front end without the descriptors that no functional is taken of."""

from __future__ import annotations

from dataclasses import replace

from vox_embed.experiment.schema.features import OF_THE_PITCH
from vox_embed.features.base import FeatureExtractor
from vox_embed.features.descriptors import Descriptors
from vox_embed.features.functionals import Functionals


def slim(extractor: FeatureExtractor, functionals: Functionals) -> tuple[FeatureExtractor, Functionals]:
    """Extractor and functionals that give the same values. Log-mel bands come together, so that of them
    nothing can be left out; frames stay where they are, so that one descriptor of the pitch stays with
    them."""
    if functionals.kept is None or not isinstance(extractor, Descriptors):
        return extractor, functionals
    needed = {functionals.features[index] for index in functionals.used}
    if functionals.gate is not None and (needed & functionals.gated or functionals.takes_segments):
        needed.add(functionals.gate)
    needed |= {base for name in needed for base in _bases(name, extractor.values)}
    pitch = [name for name in extractor.values if name in OF_THE_PITCH]
    if pitch and not needed & set(pitch):
        needed.add(pitch[0])
    values = tuple(name for name in extractor.values if name in needed)
    if values == extractor.values:
        return extractor, functionals
    made = replace(extractor, values=values)
    if (made.window, made.hop) != (extractor.window, extractor.hop):
        return extractor, functionals
    return made, functionals.on(values)


def _bases(name: str, values: tuple[str, ...]) -> set[str]:
    """What a delta is made from."""
    found = set()
    for ending, base in (("_delta2", "_delta"), ("_delta", "")):
        if name.endswith(ending):
            found.add(name.removesuffix(ending) + base)
            found |= _bases(name.removesuffix(ending) + base, values)
            break
    return found & set(values)
