"""Microphones: I2S (RP2040, ESP32) and the RP2040's ADC. All have start(rate), read() and stop().

read() gives array('h') with what was heard since the last call, or None. The loops are in MicroPython's viper,
which the board compiles itself: copy this file as it is.
"""

import array

_BLOCK = 256  # samples that read() gives at once, at most


class I2S:
    """A digital microphone (INMP441, ICS-43434, SPH0645), its select pin to ground: the left channel."""

    def __init__(self, sck, ws, sd, id=0):
        self._pins = sck, ws, sd, id
        self._bus = None
        self.lost = 0  # not known of an I2S bus

    def start(self, rate):
        from machine import I2S as Bus
        from machine import Pin

        sck, ws, sd, number = self._pins
        self._bus = Bus(
            number,
            sck=Pin(sck),
            ws=Pin(ws),
            sd=Pin(sd),
            mode=Bus.RX,
            bits=32,
            format=Bus.MONO,
            rate=rate,
            ibuf=32 * _BLOCK,
        )
        self._words = bytearray(4 * _BLOCK)
        self._state = _offset_state(rate)

    def read(self):
        count = self._bus.readinto(self._words) // 4
        if not count:
            return None
        samples = array.array("h", bytes(2 * count))
        _upper_halves(self._words, samples, count)
        _remove_offset(samples, count, self._state)
        return samples

    def stop(self):
        self._bus.deinit()


class Adc:
    """The RP2040's ADC, two conversions a sample, fetched by DMA into a ring. pin: 26 to 29. shift: louder by so many
    factors of two. lost: samples that came while nobody read for longer than the ring lasts (a quarter of a second
    at 8 kHz) are overwritten; they are counted where that shows."""

    def __init__(self, pin=26, shift=0):
        self._pin = pin
        self._shift = shift
        self.lost = 0

    def start(self, rate):
        import rp2
        import uctypes
        from machine import ADC, Pin, mem32

        ADC(Pin(self._pin))  # the pin, and the ADC's clock
        bits = 13
        store = bytearray(2 << bits)
        at = uctypes.addressof(store)
        first = (at + (1 << bits) - 1) & ~((1 << bits) - 1)  # the DMA wraps at a multiple of the ring's size
        self._store = store
        self._ring = uctypes.bytearray_at(first, 1 << bits)
        self._first, self._size = first, 1 << bits
        self._taken = first
        self._state = _offset_state(rate)
        mem32[0x4004C000] = 1  # enabled, stopped
        mem32[0x4004C008] = 0
        while mem32[0x4004C008] >> 16 & 15:
            mem32[0x4004C00C]  # empties the FIFO
        mem32[0x4004C010] = (48000000 * 256 + rate) // (2 * rate) - 256
        mem32[0x4004C008] = 1 | 1 << 3 | 1 << 24
        self._dma = rp2.DMA()
        control = self._dma.pack_ctrl(
            size=1, inc_read=False, inc_write=True, treq_sel=36, ring_size=bits, ring_sel=True, irq_quiet=True
        )
        self._dma.config(read=0x4004C00C, write=first, count=0xFFFFFFFF, ctrl=control, trigger=True)
        mem32[0x4004C000] = 1 | 1 << 3 | (self._pin - 26) << 12

    def read(self):
        count = ((self._dma.write - self._taken) & (self._size - 1)) // 4
        if count == 0:
            return None
        count = min(count, 4 * _BLOCK)
        samples = array.array("h", bytes(2 * count))
        _pairs(self._ring, self._taken - self._first, self._size, samples, count, self._shift)
        self._taken = self._first + ((self._taken - self._first + 4 * count) & (self._size - 1))
        _remove_offset(samples, count, self._state)
        return samples

    def stop(self):
        from machine import mem32

        mem32[0x4004C000] = 1
        self._dma.close()


@micropython.viper
def _upper_halves(words: ptr16, samples: ptr16, count: int):
    for i in range(count):
        samples[i] = words[2 * i + 1]


@micropython.viper
def _pairs(ring: ptr16, at: int, size: int, samples: ptr16, count: int, shift: int):
    at >>= 1
    last = (size >> 1) - 1
    for i in range(count):
        value = ((ring[at & last] + ring[(at + 1) & last] - 4096) << 3) << shift
        if value > 32767:
            value = 32767
        if value < -32768:
            value = -32768
        samples[i] = value
        at += 2


def _offset_state(rate):
    """array('i'): the mean, Q12; its shift; 1 once it has begun. As firmware/hal/rp2040/dc.c does it."""
    shift = 1
    while 32 << shift < rate and shift < 15:
        shift += 1
    return array.array("i", [0, shift, 0])


@micropython.viper
def _remove_offset(samples: ptr16, count: int, state: ptr32):
    mean = int(state[0])
    shift = int(state[1])
    for i in range(count):
        x = int(samples[i])
        if x > 32767:
            x -= 65536
        if not int(state[2]):
            state[2] = 1
            mean = x << 12
        mean += ((x << 12) - mean) >> shift
        x -= (mean + 2048) >> 12
        if x > 32767:
            x = 32767
        if x < -32768:
            x = -32768
        samples[i] = x
    state[0] = mean
