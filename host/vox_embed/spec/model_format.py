"""The .vxm file: codes, limits and records (vox/model_format.h).

Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag, StrEnum
from typing import ClassVar, Literal

from vox_embed.spec.record import Part, Record

MAGIC = 827152470
"""the bytes `VXM1`"""
FORMAT_VERSION = 1
CASCADE_VERSION = 2
"""of files with a WAKE section, and of no others"""
MAX_STAGES = 4
"""of a cascade, the last one and those that wake it"""
ALIGNMENT = 8
"""of the file, of every section and of every tensor, in bytes"""
MAX_SECTIONS = 16
MAX_LABELS = 96
MAX_LABEL_BYTES = 48
"""of UTF-8, without the NUL"""
MAX_BANDS = 128
"""values in a feature frame, and mel bands"""
FEATURE_Q = 9
"""log-mel is log2 of energy in Q9: 512 is a doubling (3.01 dB), 0 is the floor (energy <= 1)"""
MIN_WINDOW = 16
"""samples under the taper"""
MIN_FFT = 64
MAX_FFT = 4096
MAX_TENSORS = 1024
MAX_OPS = 1024
MAX_ARENA = 16777216
"""bytes"""
MAX_OP_WORK = 33554432
"""of one operator: so long a device does not look at its link"""
MAX_WORK = 268435456
"""of one inference"""
MAX_WORK_RATE = 1073741824
"""of a second of sound, through all of the model"""
MAX_FRAMES = 1024
"""of features in one analysis window"""
MAX_HISTORY = 64
"""windows that stream aggregation looks back on"""
MAX_LONG_FRAMES = 16384
"""of features in one analysis window that is summarised by functionals"""
MAX_SETS = 64
"""of accumulators: windows that overlap at any time"""
MAX_FUNCTIONALS = 2048
"""values of one window"""
WORK_OF_OP = 64
"""an operator, beside what its own check says"""
WORK_OF_RESULT = 16
"""a value of an operator's output that is rescaled"""
WORK_OF_SAMPLE = 8
"""a sample that a feature frame spans"""
WORK_OF_SPECTRUM = 16
"""4 bytes of the front end's scratch"""
WORK_OF_VALUE = 64
"""a value of a feature frame"""
WORK_OF_SET = 16
"""a value of a feature frame, for each window that overlaps, where there are functionals"""
WORK_OF_FUNCTIONAL = 64
"""values that a functional counts as"""
WORK_OF_NORM = 4
"""a value that is normalised"""
WORK_OF_LOOK = 2
"""a look at a posterior"""


@dataclass(frozen=True, slots=True)
class Header(Record):
    """vox_header."""

    magic: int
    """VOX_MAGIC"""
    version: int
    """VOX_FORMAT_VERSION"""
    section_count: int
    """1..VOX_MAX_SECTIONS"""
    file_size: int
    """whole file, a multiple of 8. Bytes behind it are not looked at"""
    crc: int
    """CRC-32 (IEEE 802.3, reflected, as in zlib) of all bytes from 16 to file_size; also the model's
    identity
    """
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "H",
        "H",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class Section(Record):
    """An entry of the table that follows the header, ordered by offset. No two sections overlap, and no
    tag occurs twice.
    """

    tag: int
    """VOX_SECTION_*: four ASCII letters, the first in the lowest byte"""
    offset: int
    """from the start of the file, a multiple of 8"""
    size: int
    """bytes, without the padding to the next multiple of 8"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
        "4x",
    )


class SectionTag(StrEnum):
    """Tags of sections."""

    META = "META"
    """UTF-8 JSON: name, versions, hashes of what it was trained from"""
    LABELS = "LABL"
    """labels"""
    FRONTEND = "FRNT"
    """front end"""
    NORM = "NORM"
    """from features, or functionals, to the network's input"""
    PROGRAM = "PROG"
    """tensors and operators"""
    WEIGHTS = "WGHT"
    """weights, biases, requantisation tables"""
    DECISION = "DECI"
    """windows, aggregation, gate, events"""
    FUNCTIONALS = "FUNC"
    """functionals: statistics of the features over the window"""
    WAKE = "WAKE"
    """cascades: what wakes the program"""


@dataclass(frozen=True, slots=True)
class Labels(Record):
    """LABL begins with this. A label is 1..VOX_MAX_LABEL_BYTES bytes of UTF-8 and a NUL inside the
    section.
    """

    count: int
    """1..VOX_MAX_LABELS. u16[count] follow: offset of each label from the start of the section"""
    PARTS: ClassVar[tuple[Part, ...]] = ("H",)


class FrontendKind(IntEnum):
    """VOX_FRONTEND_*."""

    LOGMEL = 1
    """log-mel bands"""
    DESCRIPTORS = 2
    """a list of descriptors"""
    MICRO = 3
    """bands with noise reduction and automatic gain, as TensorFlow Lite Micro's front end computes them"""


SAMPLE_RATES = (8000, 16000, 22050, 32000, 44100, 48000)
"""Hz"""
SampleRate = Literal[8000, 16000, 22050, 32000, 44100, 48000]
LOG_TABLE_ENTRIES = 33
MICRO_GAIN_ENTRIES = 95
MICRO_LOG_ENTRIES = 129


@dataclass(frozen=True, slots=True)
class FrontendParams(Record):
    """vox_frontend_params."""

    kind: int
    """VOX_FRONTEND_*"""
    bands: int
    """values in a feature frame, 1..VOX_MAX_BANDS; of log-mel also the mel bands"""
    sample_rate: int
    """Hz: one of VOX_SAMPLE_RATES"""
    window: int
    """samples under the taper, VOX_MIN_WINDOW..fft_size; of log-mel all of a frame"""
    hop: int
    """samples between frames, 1..window"""
    fft_size: int
    """N: a power of two, VOX_MIN_FFT..VOX_MAX_FFT"""
    window_offset: int
    """u16[window]: the taper, Q15, 0..32767"""
    twiddle_offset: int
    """i16[2 (3N/8 + 1)]: cos and sin of 2 pi k / N for k = 0..3N/8, Q15, 1 clipped to 32767"""
    edges_offset: int
    """u16[mel bands + 2]: first FFT bin of each mel segment, non-decreasing, <= N/2 + 1; the last entry
    ends the last one
    """
    rise_offset: int
    """u16[last edge - edges[0]]: rising weight of every bin in its segment, Q15, 0..32768"""
    log_offset: int
    """u16[VOX_LOG_TABLE_ENTRIES]: log2(1 + i/32) in Q16, the last 65535"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "I",
        "H",
        "H",
        "H",
        "2x",
        "I",
        "I",
        "I",
        "I",
        "I",
        "4x",
    )


@dataclass(frozen=True, slots=True)
class MicroParams(Record):
    """Kind VOX_FRONTEND_MICRO: vox_frontend_params, then this. fft_size is 512; the taper is Q12, 0..4096;
    twiddles have 32767 for 1; mel edges lie in 1..256; rising weights are Q12, 0..4096, falling ones
    4096 less them; log_offset's table is the level's.
    """

    smoothing: tuple[int, ...]
    """Q14, 0..16384: share of a frame in the noise estimate of even, and of odd bands"""
    least: int
    """Q14, 0..16384: share of a band that noise reduction always leaves"""
    gain_offset: int
    """i16[VOX_MICRO_GAIN_ENTRIES]: gain at noise 0 and 1, then of each octave from 2 to 2^32 of the noise
    three coefficients a, b, c: a + ((((c f >> 5) + 32 b) f + 2^14) >> 15), f: Q10 place in the octave
    """
    log_offset: int
    """u16[VOX_MICRO_LOG_ENTRIES]: 65536 (log2(1 + i / 128) - i / 128)"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "2H",
        "H",
        "2x",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class Descriptor(Record):
    """What one value of a frame is."""

    code: int
    """VOX_DESCRIPTOR_*"""
    index: int
    """as each code says, otherwise 0"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "B",
    )


class DescriptorSource(IntFlag):
    """What a descriptor is found in, beside the samples and the mel bands."""

    SPECTRUM = 1
    """powers of FFT bins"""
    WHOLE = 2
    """energy and centre of the bins `whole`"""
    VOICE = 4
    """what the voice's part of a frame finds"""
    PITCH = 8
    """the pitch window"""
    PERIODS = 16
    """periods of the voice"""


class DescriptorCode(IntEnum):
    """VOX_DESCRIPTOR_*."""

    LOGMEL = 1
    """log-mel"""
    MFCC = 2
    """MFCC"""
    SPECTRUM = 3
    """log power of a group of bins"""
    DELTA = 4
    """change"""
    LOUDNESS = 5
    """loudness"""
    ENERGY = 6
    """energy"""
    ZERO_CROSSINGS = 7
    """zero crossings"""
    CENTROID = 8
    """centroid"""
    ROLL_OFF = 9
    """roll-off"""
    FLUX = 10
    """flux"""
    ENTROPY = 11
    """entropy"""
    SLOPE = 12
    """slope"""
    ALPHA_RATIO = 13
    """alpha ratio"""
    HAMMARBERG = 14
    """Hammarberg index"""
    HARMONICITY = 15
    """harmonicity"""
    F0 = 16
    """F0; this and the next four need a pitch window of 30 to 100 ms"""
    VOICING = 17
    """voicing"""
    JITTER = 18
    """jitter"""
    SHIMMER = 19
    """shimmer"""
    HNR = 20
    """harmonics-to-noise ratio"""
    FORMANT = 21
    """formant, found in the window, of 15 to 60 ms"""
    FLATNESS = 22
    """flatness"""


DESCRIPTOR_CODE_NEEDS: dict[DescriptorCode, DescriptorSource] = {
    DescriptorCode.LOGMEL: DescriptorSource(0),
    DescriptorCode.MFCC: DescriptorSource(0),
    DescriptorCode.SPECTRUM: DescriptorSource.SPECTRUM,
    DescriptorCode.DELTA: DescriptorSource(0),
    DescriptorCode.LOUDNESS: DescriptorSource(0),
    DescriptorCode.ENERGY: DescriptorSource(0),
    DescriptorCode.ZERO_CROSSINGS: DescriptorSource(0),
    DescriptorCode.CENTROID: DescriptorSource.SPECTRUM | DescriptorSource.WHOLE,
    DescriptorCode.ROLL_OFF: DescriptorSource.SPECTRUM | DescriptorSource.WHOLE,
    DescriptorCode.FLUX: DescriptorSource.SPECTRUM,
    DescriptorCode.ENTROPY: DescriptorSource.SPECTRUM | DescriptorSource.WHOLE,
    DescriptorCode.SLOPE: DescriptorSource.SPECTRUM,
    DescriptorCode.ALPHA_RATIO: DescriptorSource.SPECTRUM,
    DescriptorCode.HAMMARBERG: DescriptorSource.SPECTRUM,
    DescriptorCode.HARMONICITY: DescriptorSource.SPECTRUM | DescriptorSource.WHOLE,
    DescriptorCode.F0: DescriptorSource.VOICE | DescriptorSource.PITCH,
    DescriptorCode.VOICING: DescriptorSource.VOICE | DescriptorSource.PITCH,
    DescriptorCode.JITTER: DescriptorSource.VOICE | DescriptorSource.PITCH | DescriptorSource.PERIODS,
    DescriptorCode.SHIMMER: DescriptorSource.VOICE | DescriptorSource.PITCH | DescriptorSource.PERIODS,
    DescriptorCode.HNR: DescriptorSource.VOICE | DescriptorSource.PITCH | DescriptorSource.PERIODS,
    DescriptorCode.FORMANT: DescriptorSource.VOICE,
    DescriptorCode.FLATNESS: DescriptorSource.SPECTRUM | DescriptorSource.WHOLE,
}
LLDS: tuple[tuple[str, DescriptorCode, int, str, int, str], ...] = (
    ("loudness", DescriptorCode.LOUDNESS, 0, "sone-like", 10, "sum of the weighted, compressed mel bands"),
    ("energy", DescriptorCode.ENERGY, 0, "octaves", 9, "log2 of the mean square of the frame's samples"),
    (
        "zero_crossings",
        DescriptorCode.ZERO_CROSSINGS,
        0,
        "share",
        15,
        "sign changes, as a share of all sample pairs",
    ),
    ("centroid", DescriptorCode.CENTROID, 0, "Hz", 0, "mean frequency, weighted by power"),
    ("rolloff_25", DescriptorCode.ROLL_OFF, 25, "Hz", 0, "frequency below which 25 % of the energy lies"),
    ("rolloff_50", DescriptorCode.ROLL_OFF, 50, "Hz", 0, "frequency below which 50 % of the energy lies"),
    ("rolloff_75", DescriptorCode.ROLL_OFF, 75, "Hz", 0, "frequency below which 75 % of the energy lies"),
    ("rolloff_85", DescriptorCode.ROLL_OFF, 85, "Hz", 0, "frequency below which 85 % of the energy lies"),
    ("rolloff_90", DescriptorCode.ROLL_OFF, 90, "Hz", 0, "frequency below which 90 % of the energy lies"),
    ("rolloff_95", DescriptorCode.ROLL_OFF, 95, "Hz", 0, "frequency below which 95 % of the energy lies"),
    ("flux", DescriptorCode.FLUX, 0, "full scale", 10, "rms change of the magnitudes, 0 to 5 kHz"),
    ("entropy", DescriptorCode.ENTROPY, 0, "bits", 11, "entropy of the power spectrum as a distribution"),
    ("slope_0_500", DescriptorCode.SLOPE, 0, "dB/kHz", 7, "slope of the log spectrum, 0 to 500 Hz"),
    ("slope_500_1500", DescriptorCode.SLOPE, 1, "dB/kHz", 7, "slope of the log spectrum, 500 to 1500 Hz"),
    ("alpha_ratio", DescriptorCode.ALPHA_RATIO, 0, "dB", 8, "energy of 1 to 5 kHz over that of 0 to 1 kHz"),
    (
        "hammarberg",
        DescriptorCode.HAMMARBERG,
        0,
        "dB",
        8,
        "strongest bin of 0 to 2 kHz over that of 2 to 5 kHz",
    ),
    (
        "harmonicity",
        DescriptorCode.HARMONICITY,
        0,
        "share",
        15,
        "differences of adjacent powers over twice the energy",
    ),
    (
        "flatness",
        DescriptorCode.FLATNESS,
        0,
        "dB",
        8,
        "geometric over arithmetic mean of the powers; 0 is flat",
    ),
    ("f0", DescriptorCode.F0, 0, "semitones", 8, "fundamental frequency above 27.5 Hz; 0 if unvoiced"),
    ("voicing", DescriptorCode.VOICING, 0, "probability", 15, "voicing probability"),
    ("jitter", DescriptorCode.JITTER, 0, "share", 15, "mean change from period to period; 0 if unvoiced"),
    ("shimmer", DescriptorCode.SHIMMER, 0, "share", 15, "mean change of a period's amplitude; 0 if unvoiced"),
    ("hnr", DescriptorCode.HNR, 0, "dB", 8, "harmonics over noise below 2 kHz; 0 if unvoiced"),
    ("f1", DescriptorCode.FORMANT, 0, "Hz", 0, "first formant; 0 where none is found"),
    ("f2", DescriptorCode.FORMANT, 1, "Hz", 0, "second formant; 0 where none is found"),
    ("f3", DescriptorCode.FORMANT, 2, "Hz", 0, "third formant; 0 where none is found"),
)
MAX_PITCH_WINDOW = 8192
"""samples"""
MAX_DELTA_SPAN = 8
"""frames"""
MAX_WEIGHT_SUM = 65535
"""of the magnitudes of a row of weights"""
MAX_WEIGHT_SHIFT = 24
"""fraction bits of weights"""
MAX_LIFTER = 3072
"""Q8"""
MAX_GAIN_OFFSET = 8192
"""Q9 log2"""


class Gain(IntFlag):
    """VOX_GAIN_*."""

    NOISE = 1
    """noise reduction of the mel bands"""
    PCAN = 2
    """per-channel gain of the mel bands"""


@dataclass(frozen=True, slots=True)
class BinRange(Record):
    """FFT bins first .. end - 1; 0, 0 where nothing needs them, otherwise first < end <= N/2 + 1."""

    first: int
    end: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
    )


@dataclass(frozen=True, slots=True)
class SlopeParams(Record):
    """vox_slope_params."""

    bins: BinRange
    weights_offset: int
    """i16[end - first]; their magnitudes add up to at most VOX_MAX_WEIGHT_SUM"""
    shift: int
    """1..VOX_MAX_WEIGHT_SHIFT: value = sum of weight * (Q9 log2 power - 30 octaves), rounded, / 2^shift"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        BinRange,
        "I",
        "H",
        "2x",
    )


@dataclass(frozen=True, slots=True)
class GainParams(Record):
    """vox_gain_params."""

    flags: int
    """VOX_GAIN_*"""
    noise_smooth: int
    """Q16, 1..65535: share of the new energy in the noise estimate"""
    noise_least: int
    """Q16, 1..65535: share of the energy that is always left"""
    smooth: int
    """Q16, 1..65535: share of the new energy in the smoothed one"""
    strength: int
    """Q15, 0..32768: exponent of the smoothed energy"""
    floor: int
    """Q9 log2, 0..32767: least smoothed energy"""
    offset: int
    """Q9 log2, -8192..8191: what is added to the energy after the gain"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "H",
        "H",
        "h",
        "h",
        "2x",
    )


@dataclass(frozen=True, slots=True)
class DescriptorParams(Record):
    """vox_descriptor_params."""

    mel_bands: int
    """1..VOX_MAX_BANDS"""
    pitch_window: int
    """samples, window..VOX_MAX_PITCH_WINDOW; 0 where nothing is found in it"""
    coefficients: int
    """rows of the DCT table, 0..VOX_MAX_BANDS"""
    mfcc_shift: int
    """1..VOX_MAX_WEIGHT_SHIFT; 0 without coefficients"""
    delta_span: int
    """frames on either side of a delta, 1..VOX_MAX_DELTA_SPAN; 0 without deltas"""
    spectrum_groups: int
    """groups of bins from spectrum.first, each of spectrum_step bins"""
    spectrum_step: int
    """bins in a group; 0 where there are none"""
    compression: int
    """Q15, 1..32768: exponent of loudness"""
    list_offset: int
    """vox_descriptor[bands]: u8 code and u8 index of each value"""
    dct_offset: int
    """i16[coefficients][mel_bands]; the magnitudes of a row add up to at most VOX_MAX_WEIGHT_SUM"""
    lifter_offset: int
    """u16[coefficients]: Q8, 1..VOX_MAX_LIFTER"""
    loudness_offset: int
    """i16[mel_bands]: Q9 log2 weight of each band; 0 where there is no loudness"""
    slopes: tuple[SlopeParams, ...]
    alpha: tuple[BinRange, ...]
    """denominator, numerator"""
    hammarberg: tuple[BinRange, ...]
    """numerator, denominator"""
    flux: BinRange
    whole: BinRange
    """of what is found in the whole spectrum: centroid, entropy and their like"""
    spectrum: BinRange
    """what the groups of bins lie in"""
    gain: GainParams
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "H",
        "H",
        "H",
        "H",
        "H",
        "I",
        "I",
        "I",
        "I",
        (SlopeParams, 2),
        (BinRange, 2),
        (BinRange, 2),
        BinRange,
        BinRange,
        BinRange,
        "4x",
        GainParams,
        "8x",
    )


class Group(IntFlag):
    """What is accumulated for a feature: the union of what its functionals need."""

    MOMENTS = 1
    """sum, sum of squares"""
    EXTREMES = 2
    """lowest, highest"""
    HISTOGRAM = 4
    """VOX_HISTOGRAM_BINS counts"""
    TREND = 8
    """sums over time and time * value"""
    STEPS = 16
    """rises and falls from frame to frame"""
    RUNS = 32
    """stretches of frames above 0, and the others"""
    VOICED = 128
    """only frames in which the feature `voiced` is above 0 count"""


GROUPS_ALL = 63
"""but VOX_GROUP_VOICED"""
HISTOGRAM_BINS = 64
MAX_HISTOGRAM_SHIFT = 15
NEVER_VOICED = 65535


class FunctionalCode(IntEnum):
    """docs/numerics.md, "Functionals", defines each. Units: those of the feature, unless said."""

    MEAN = 1
    """mean"""
    STD = 2
    """standard deviation"""
    CV = 3
    """coefficient of variation, std / |mean|, Q12"""
    MIN = 4
    """lowest"""
    MAX = 5
    """highest"""
    RANGE = 6
    """highest less lowest"""
    PERCENTILE_20 = 7
    """percentile 20"""
    PERCENTILE_50 = 8
    """percentile 50"""
    PERCENTILE_80 = 9
    """percentile 80"""
    PERCENTILE_RANGE = 10
    """percentile 80 less percentile 20"""
    SLOPE = 11
    """slope of the regression line, a second"""
    RISE = 12
    """mean of all steps upwards, a tenth of a second"""
    FALL = 13
    """mean of all steps downwards, positive"""
    SEGMENTS = 14
    """stretches above 0, Q8 a second"""
    SEGMENT_MEAN = 15
    """mean of their length, ms"""
    SEGMENT_STD = 16
    """standard deviation of their length, ms"""
    GAP_MEAN = 17
    """mean length of the stretches in between, and before and after, ms"""
    GAP_STD = 18
    """its standard deviation, ms"""


FUNCTIONAL_CODE_NEEDS: dict[FunctionalCode, Group] = {
    FunctionalCode.MEAN: Group.MOMENTS,
    FunctionalCode.STD: Group.MOMENTS,
    FunctionalCode.CV: Group.MOMENTS,
    FunctionalCode.MIN: Group.EXTREMES,
    FunctionalCode.MAX: Group.EXTREMES,
    FunctionalCode.RANGE: Group.EXTREMES,
    FunctionalCode.PERCENTILE_20: Group.HISTOGRAM,
    FunctionalCode.PERCENTILE_50: Group.HISTOGRAM,
    FunctionalCode.PERCENTILE_80: Group.HISTOGRAM,
    FunctionalCode.PERCENTILE_RANGE: Group.HISTOGRAM,
    FunctionalCode.SLOPE: Group.MOMENTS | Group.TREND,
    FunctionalCode.RISE: Group.STEPS,
    FunctionalCode.FALL: Group.STEPS,
    FunctionalCode.SEGMENTS: Group.RUNS,
    FunctionalCode.SEGMENT_MEAN: Group.RUNS,
    FunctionalCode.SEGMENT_STD: Group.RUNS,
    FunctionalCode.GAP_MEAN: Group.RUNS,
    FunctionalCode.GAP_STD: Group.RUNS,
}
FunctionalName = Literal[
    "mean",
    "std",
    "cv",
    "min",
    "max",
    "range",
    "p20",
    "p50",
    "p80",
    "p20_80",
    "slope",
    "rise",
    "fall",
    "segments",
    "segment_mean",
    "segment_std",
    "gap_mean",
    "gap_std",
]
"""Names in experiment files."""

FUNCTIONALS: dict[str, FunctionalCode] = {
    "mean": FunctionalCode.MEAN,
    "std": FunctionalCode.STD,
    "cv": FunctionalCode.CV,
    "min": FunctionalCode.MIN,
    "max": FunctionalCode.MAX,
    "range": FunctionalCode.RANGE,
    "p20": FunctionalCode.PERCENTILE_20,
    "p50": FunctionalCode.PERCENTILE_50,
    "p80": FunctionalCode.PERCENTILE_80,
    "p20_80": FunctionalCode.PERCENTILE_RANGE,
    "slope": FunctionalCode.SLOPE,
    "rise": FunctionalCode.RISE,
    "fall": FunctionalCode.FALL,
    "segments": FunctionalCode.SEGMENTS,
    "segment_mean": FunctionalCode.SEGMENT_MEAN,
    "segment_std": FunctionalCode.SEGMENT_STD,
    "gap_mean": FunctionalCode.GAP_MEAN,
    "gap_std": FunctionalCode.GAP_STD,
}


@dataclass(frozen=True, slots=True)
class FunctionalsParams(Record):
    """vox_functionals_params."""

    features: int
    """equals the front end's bands"""
    count: int
    """values of a window, 1..VOX_MAX_FUNCTIONALS"""
    voiced: int
    """feature that is above 0 in voiced frames, or VOX_NEVER_VOICED"""
    frame_rate: int
    """frames a second, Q4, at least 1: of the units above; for the writer to round"""
    list_offset: int
    """vox_functional[count]: what each value is"""
    feature_offset: int
    """vox_functional_feature[features]"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "H",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class Functional(Record):
    """vox_functional."""

    feature: int
    code: int
    """VOX_FUNCTIONAL_*"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "B",
    )


@dataclass(frozen=True, slots=True)
class FunctionalFeature(Record):
    """vox_functional_feature."""

    low: int
    """left edge of the histogram's first bin"""
    shift: int
    """bins are 2^shift wide, 0..VOX_MAX_HISTOGRAM_SHIFT"""
    groups: int
    """VOX_GROUP_*"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "h",
        "B",
        "B",
    )


class NormMode(IntEnum):
    """VOX_NORM_*."""

    NONE = 0
    """f as it is"""
    MEAN = 1
    """less the mean over the analysis window, all frames and bands (floor of the quotient)"""
    BAND_MEAN = 2
    """less the mean over the analysis window, band by band (floor of the quotient)"""
    RAW = 3
    """f as it is, into an S16 tensor: no tables"""
    SCALE = 4
    """f, with a shift for each band"""
    RUNNING = 5
    """f less the running mean of its band; not with FUNC"""


MAX_NORM_SHIFT = 30
MAX_RUNNING_SHIFT = 15
"""the running mean's time constant is 2^shift frames"""


@dataclass(frozen=True, slots=True)
class NormParams(Record):
    """vox_norm_params."""

    mode: int
    """VOX_NORM_*"""
    bands: int
    """equals the front end's, or FUNC's count"""
    shift: int
    """0..VOX_MAX_NORM_SHIFT; 0 for RAW and SCALE"""
    zero_point: int
    """of the input tensor, -128..127; 0 for S16"""
    offset_offset: int
    """i16[bands]: subtracted, feature units"""
    multiplier_offset: int
    """i16[bands]: 1..32767; in modes SCALE and RUNNING another table follows"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "h",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class ProgramParams(Record):
    """vox_program_params."""

    tensor_count: int
    """1..VOX_MAX_TENSORS"""
    op_count: int
    """0..VOX_MAX_OPS"""
    input: int
    """tensor index"""
    output: int
    """tensor index"""
    arena_size: int
    """bytes, a multiple of 8, at most VOX_MAX_ARENA; every tensor and every op's scratch lies inside"""
    tensor_offset: int
    """vox_tensor[tensor_count], from the start of the section, a multiple of 8"""
    op_offset: int
    """op records, one after the other, each a multiple of 4 bytes; a multiple of 4"""
    op_bytes: int
    """their total size"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "H",
        "I",
        "I",
        "I",
        "I",
    )


class TensorType(IntEnum):
    """VOX_TYPE_*."""

    S8 = 1
    """int8: of ops 1 to 15, and 32 to 63"""
    S16 = 2
    """int16: classic models, kept state, and operators of 16-bit activations. A program's input is S8 or
    S16
    """
    S32 = 3
    """int32"""


class TensorFlag(IntEnum):
    """VOX_TENSOR_*."""

    STATE = 1
    """keeps its values from one run to the next, until a reset"""


@dataclass(frozen=True, slots=True)
class Tensor(Record):
    """State lies at the beginning of the arena, in the order of the tensors, and no other tensor and no
    scratch before the end of it. The program's input is no state.
    """

    type: int
    """VOX_TYPE_*"""
    flags: int
    """VOX_TENSOR_*"""
    initial: int
    """of state: what every byte of it is after a reset; 0 for S16 and S32, and where there is no state"""
    dims: tuple[int, ...]
    """batch (always 1), height, width, channels; each at least 1, unused leading ones are 1"""
    offset: int
    """in the arena, a multiple of 8"""
    zero_point: int
    """-128..127 for S8"""
    scale: float
    """IEEE 754 single, as bits; for the host, and the check of an S8 output"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "B",
        "b",
        "1x",
        "4H",
        "I",
        "i",
        "f",
    )


class OpCode(IntEnum):
    """VOX_OP_*."""

    CONV_2D = 1
    DEPTHWISE_2D = 2
    DENSE = 3
    MAX_POOL = 4
    AVERAGE_POOL = 5
    MEAN = 6
    """global average as TFLite's MEAN computes it"""
    SOFTMAX = 7
    RESHAPE = 8
    ADD = 9
    RELU = 10
    """also relu6 and plain requantisation: activation limits say which"""
    SCALE = 16
    TREES = 17
    LINEAR = 18
    RBF = 19
    VOTE = 20
    KNN = 21
    GAUSSIAN = 22
    LOG_SUM = 23
    SOFTMAX_32 = 24
    SHARE = 25
    THRESHOLD = 26
    BINS = 27
    TABLE = 32
    """any function of one value: logistic, tanh, hard swish, leaky relu, ..."""
    CONCAT = 33
    VIEW = 34
    """slices, transposes, repeats"""
    PAD = 35
    BINARY = 36
    """two operands, the second repeated along some axes, or constant"""
    REDUCE = 37
    L2_NORM = 38
    """vectors of length 1, as embeddings are"""
    ROLL = 39
    """rows that arrive with the stream, behind those that came before"""
    WINDOW_MEAN = 40
    """a mean over the rows of a window that moves on with the stream"""
    GRU = 41
    """gated recurrent unit"""
    LSTM = 42
    """long short-term memory"""
    LSTM_8 = 43
    """the same as TensorFlow Lite computes it, h in 8 bits"""
    MATMUL = 44
    """products of computed matrices, as attention has them"""
    RESIZE = 45
    """rows and columns between those of the input"""
    LOG_SOFTMAX = 46
    """its logarithm, in 16ths"""
    CONV_16 = 47
    """convolutions and dense layers of 16-bit activations"""
    POOL_16 = 48
    REDUCE_16 = 49
    BINARY_16 = 50
    RESCALE_16 = 51
    """also between 8 and 16 bits, and leaky relu"""
    CURVE_16 = 52
    SOFTMAX_16 = 53
    SVDF_16 = 54
    """a layer over the last runs, of which it keeps one number of 16 bits for each filter"""


@dataclass(frozen=True, slots=True)
class Op(Record):
    """Every op record starts with this; the op's own struct follows in the same record."""

    code: int
    """VOX_OP_*"""
    size: int
    """bytes of the whole record, a multiple of 4"""
    input: int
    """tensor index"""
    output: int
    """tensor index"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "H",
    )


class Aggregate(IntEnum):
    """VOX_AGGREGATE_*."""

    MEAN = 0
    """mean of posteriors"""
    MAJORITY = 1
    """share of windows won; ties go to the higher sum of posteriors, then the lower index"""
    EXPONENTIAL = 2
    """streams only: s += (p - s) * alpha"""


class LabelFlag(IntFlag):
    """VOX_LABEL_*."""

    BACKGROUND = 1
    """never raises an event"""
    TAG = 2
    """one of several that may hold at once: all labels of a model are tags, or none. Tags have rules"""


class VerdictLabel(IntEnum):
    """In place of a label's index."""

    UNKNOWN = -1
    """best score below the unknown threshold; of tags: none at or above its threshold_on"""
    SILENCE = -2
    """every window was held back by the energy gate"""


class EventKind(IntEnum):
    """VOX_EVENT_*."""

    BEGIN = 1
    END = 2


class Heard(IntFlag):
    """What a listener has made of the samples that it took."""

    FRAME = 1
    """a new feature frame"""
    RESULT = 2
    """a new window: verdict and posteriors are its own"""
    EVENT = 4
    """new events"""
    DUE = 8
    """a window is due, that vox_listener_step runs"""


@dataclass(frozen=True, slots=True)
class DecisionParams(Record):
    """vox_decision_params."""

    window: int
    """feature frames in an analysis window, 1..VOX_MAX_FRAMES; with FUNC 1..VOX_MAX_LONG_FRAMES"""
    stride: int
    """feature frames between windows, 1..window; with FUNC at most VOX_MAX_SETS windows overlap"""
    clip_mode: int
    """VOX_AGGREGATE_MEAN or _MAJORITY over all windows of a clip"""
    stream_mode: int
    """VOX_AGGREGATE_*; of `history` windows where it is MEAN or MAJORITY"""
    history: int
    """windows looked back on in a stream (mean, majority), 1..VOX_MAX_HISTORY"""
    alpha: int
    """Q15, 1..32768 (exponential)"""
    threshold_on: int
    """Q15, 0..32768: an event begins at or above"""
    threshold_off: int
    """Q15, 0..threshold_on: and ends below"""
    unknown_threshold: int
    """Q15, 0..32768: results whose best score is below are VOX_LABEL_UNKNOWN; 0: never"""
    gate_level: int
    """Q9 log2, 0..32767, as vox_frontend_level(): windows whose loudest frame is below are not run, and
    are silence; 0: no gate
    """
    refractory: int
    """feature frames after an event's begin in which no other begins"""
    label_count: int
    """equals LABL's"""
    flags_offset: int
    """u8[label_count], from the start of the section: VOX_LABEL_* flags"""
    rules_offset: int
    """vox_label_rule[label_count], even, from the start of the section; 0: none, thresholds and refractory
    time above hold for all labels
    """
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "H",
        "H",
        "H",
        "H",
        "H",
        "H",
        "h",
        "H",
        "H",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class LabelRule(Record):
    """One label's own. With rules the event of that label begins which is not background and whose
    smoothed score lies highest above its threshold_on, whether or not a background label is surer. Of
    tags each has events of its own, whatever others do: it begins and ends by its own rule, and the
    verdict, of stream and clip, is the tag whose score lies highest above its threshold_on; the modes
    are MEAN or EXPONENTIAL.
    """

    threshold_on: int
    """Q15, 0..32768: an event begins at or above"""
    threshold_off: int
    """Q15, 0..threshold_on: and ends below"""
    refractory: int
    """feature frames after the begin of an event of this label in which no other begins"""
    windows: int
    """1..255: so many in a row at or above threshold_on before an event begins"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "H",
    )


@dataclass(frozen=True, slots=True)
class WakeParams(Record):
    """vox_wake_params."""

    lookback: int
    """feature frames before it wakes that it still hears, and that the listener holds: a multiple of the
    rows of a run, at most the first one that is not below window
    """
    hold: int
    """feature frames that it stays awake after what woke it is over"""
    level: int
    """Q9 log2, at least 1: frames at or above wake it; 0: the model that follows does"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "h",
        "2x",
    )


SIGNED_MAGIC = 827545686
"""the bytes `VXS1`"""
SIGNED_KEY_ID = 8
"""bytes"""
SIGNED_SIGNATURE = 64
"""bytes"""


@dataclass(frozen=True, slots=True)
class SignedTrailer(Record):
    """Behind the .vxm."""

    magic: int
    """VOX_SIGNED_MAGIC: the bytes `VXS1`"""
    revision: int
    """a board that guards against old models takes none of a lower one than it has taken"""
    key_id: tuple[int, ...]
    """first bytes of the SHA-256 of the public key's 32 bytes: for people"""
    signature: tuple[int, ...]
    """Ed25519 (RFC 8032), of all bytes before it"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "8B",
        "64B",
    )
