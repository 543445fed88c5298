"""Microphones: I2S (RP2040, ESP32), PDM and the ADC (RP2040, RP2350). All have start(rate), read() and stop().

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


class Pdm:
    """A PDM microphone (SPH0641, MP34DT01, IMP34DT05), its select pin to ground: a PIO state machine makes its clock
    and shifts its bits in, DMA puts them into a ring for a quarter of a second, vox_pdm.mpy makes them into sound, as
    the C firmware does. machine: of the state machine; the clock is 64 times the rate, below 16 kHz 128 times."""

    def __init__(self, clock, data, shift=0, machine=0):
        self._pins = clock, data
        self._shift = shift
        self._machine = machine
        self.lost = 0  # as Adc's

    def start(self, rate):
        import rp2
        import uctypes
        import vox_pdm
        from machine import Pin

        clock, data = self._pins
        self._convert = vox_pdm.convert
        self._state = vox_pdm.converter(rate)
        self._bytes = 16 if rate < 16000 else 8  # a sample
        self._size = rate // 4 * self._bytes
        self._ring = memoryview(bytearray(self._size))
        self._first = uctypes.addressof(self._ring)
        self._taken = 0
        self._bus = rp2.StateMachine(
            self._machine,
            _pdm_program(rp2),
            freq=16 * self._bytes * rate,
            in_base=Pin(data, Pin.IN),
            sideset_base=Pin(clock),
        )
        # A second channel starts the first one again at the ring's beginning.
        self._dma, self._again = rp2.DMA(), rp2.DMA()
        block, number = self._machine >> 2, self._machine & 3
        fifo = 0x50200020 + (block << 20) + 4 * number
        control = self._dma.pack_ctrl(
            size=2,
            inc_read=False,
            inc_write=True,
            treq_sel=8 * block + 4 + number,
            chain_to=self._again.channel,
            irq_quiet=True,
        )
        self._start = array.array("I", [self._first])
        trigger = 0x5000002C + 0x40 * self._dma.channel
        again = self._again.pack_ctrl(size=2, inc_read=False, inc_write=False, irq_quiet=True)
        self._again.config(read=self._start, write=trigger, count=1, ctrl=again)
        self._dma.config(read=fifo, write=self._ring, count=self._size // 4, ctrl=control, trigger=True)
        self._bus.active(1)

    def read(self):
        written = self._dma.write - self._first  # at the ring's end for a moment
        end = self._size if written < self._taken else written
        count = min((end - self._taken) // self._bytes, 4 * _BLOCK)
        if count == 0:
            return None
        samples = array.array("h", bytes(2 * count))
        after = self._taken + count * self._bytes
        self._convert(self._state, self._ring[self._taken : after], samples, self._shift)
        self._taken = after if after < self._size else 0
        return samples

    def stop(self):
        self._bus.active(0)
        for channel in (self._again, self._dma):
            channel.active(0)
            channel.close()


def _pdm_program(rp2):
    # Data is read at the end of the clock's low half.
    @rp2.asm_pio(
        sideset_init=rp2.PIO.OUT_LOW,
        in_shiftdir=rp2.PIO.SHIFT_LEFT,
        autopush=True,
        push_thresh=32,
        fifo_join=rp2.PIO.JOIN_RX,
    )
    def program():
        in_(pins, 1).side(1)
        nop().side(0)

    return program


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
