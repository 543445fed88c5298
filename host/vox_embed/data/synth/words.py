# ruff: noqa: SIM905 - words in a text read better than in a list of quotes
"""What the voices say for `_unknown_`: common English words, and syllables that are no words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

# Everyday words over all vowels, consonants and lengths; minimal pairs on purpose.
COMMON = tuple(
    """
    about above after again air all alone animal answer apple april arm ask august autumn away baby
    back backward bad bag ball bank base bath beach bear beautiful bed before bell below best better big
    bird birthday black blood blue board boat body book both bottle bottom bowl box boy branch bread
    bridge bright bring brother brown build bus busy butter button buy cake call camera candle car card
    carry cat chair change cheap cheese chicken child children choose circle city clean clear clock close
    cloud coat coffee cold colour come cook copy corner correct count country cow cup cut dance dark
    daughter day dear december deep dinner dirty do doctor dog dollar door double dream dress drink drive
    drop dry each ear early east easy eat egg eight empty end enough enter evening ever every eye face
    fall family far farm fast father feel few field fight fill find fine finger finish fire first fish
    five floor flower fly follow food foot forget forward found four free fresh friday friend front fruit
    full funny garden gave gift girl give glass go gold gone good gray great green ground grow guess guest
    hair half hand happy hard hat have head hear heart heavy hello help her high hill home horse hospital
    hot hour house how hundred hungry hurry ice idea inside island january job juice july jump june just
    keep key kill kind king kitchen knee knife lady lake lamp land large last late laugh learn leaf lean
    least leather leave led lemon less lesson let letter level library lid lie lift light like line lion
    lip list listen little live load loft lonely long look lost loud love low lucky lunch machine make man
    many march market marvin match maybe meal mean meat medicine meet menu message middle milk mind minute
    mirror monday money monkey month moon more morning mother mountain mouse mouth move movie music must
    nail name narrow near neck need nest never new next nice night nine noise none noon nope north nose
    note november now number nurse ocean october off office often oil old on once one onion only open
    orange other our out over own page paint paper parent park party pass past pay peace pen pencil people
    pepper person phone photo piano picture piece pig pillow place plane plant plate play please point
    police poor post potato pound power pretty price problem pup purple push put queen question quick
    quiet quite rabbit radio rain ran rate reach read ready real red rest rice rich ride ring rise river
    road robot rock room rose rough round row rule run sad safe salt same sand saturday save school
    science sea season seat second see sell send september seven shadow shape share she sheep sheila ship
    shirt shoe shop short should shoulder show shower sick side sign silver simple sing sister sit six
    size skin sky sleep slow small smell smile smoke snake snow so soap soft some son song soon sound soup
    south speak spell spend spoon spring square stairs stand star start station stay stone stop story
    street strong student sugar summer sun sunday sweet swim table take talk tall taste taxi tea teach
    teacher team tell ten test thank thick thin thing think third thirsty thousand three throat through
    thumb thursday ticket tie time tired title today together toilet tomato tomorrow tongue tonight tool
    tooth top touch tower town toy traffic train travel tree triangle trip truck true try tuesday turn
    turtle twelve twenty two umbrella uncle under until us use vegetable very video village violin visit
    visual voice wait wake walk wall want warm wash watch water wave way we weak wear weather wednesday
    week weight well west wet what wheel when where which white who why wide wife wild win wind window
    wine winter wish with woman wonder wood word work world worry wow wrong yard year yell yellow
    yesterday yet you young your zebra zero zoo
    """.split()
)

_ONSETS = "b d f g h k l m n p r s t v w z S tS dZ T st sp tr bl kr fl gr pl sk j n l".split()
_VOWELS = "a E I 0 V U i: eI aI oU aU u: O: A: 3: OI".split()
_CODAS = ["", "", "p", "t", "k", "b", "d", "m", "n", "N", "s", "z", "f", "l", "S", "nt", "st", "ft"]

_NEAR = 60  # so many words count as near a target


def pseudo_word(rng: np.random.Generator) -> str:
    """One to three syllables in espeak's phonemes: `[[bleIk]]`."""
    syllables = [
        f"{rng.choice(_ONSETS)}{rng.choice(_VOWELS)}{rng.choice(_CODAS)}"
        for _ in range(int(rng.integers(1, 4)))
    ]
    stressed = int(rng.integers(len(syllables)))
    return "[[" + "".join(("'" if i == stressed else "") + s for i, s in enumerate(syllables)) + "]]"


def bare(phonemes: str) -> str:
    """Phonemes without marks of stress and pause, so that homophones are equal."""
    return "".join(letter for letter in phonemes if letter not in "',%=_:|[] ")


def unknown_words(
    targets: Iterable[str], phonemes: Callable[[str], str], candidates: Iterable[str] = COMMON
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Candidates that do not sound like a target; and those of them that come nearest to one.

    phonemes: how a voice says a word.
    """
    wanted = [bare(phonemes(word)) for word in targets]
    distances: dict[str, int] = {}
    for word in candidates:
        said = bare(phonemes(word))
        distance = min((edit_distance(said, target) for target in wanted), default=9)
        if distance > 0 and said:
            distances[word] = distance
    kept = tuple(distances)
    return kept, tuple(sorted(kept, key=lambda word: (distances[word], word))[:_NEAR])


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions and substitutions between two texts (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != against))
    return row[-1]
