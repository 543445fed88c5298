// Runs an RP2040's UF2 in rp2040js, its USB serial port (or UART0) on a TCP socket, a recording on its ADC pin.
//
//   npm install --prefix boards/rp2040_emulator
//   node run.mjs --rom rom.bin --uf2 image.uf2 --connect 127.0.0.1:4444      connects to a listening program, or
//   node run.mjs --rom rom.bin --uf2 image.uf2 --listen 127.0.0.1:4444       waits for one
//     --uart             the link over UART0 instead of USB
//     --baud N           of the UART
//     --pin N            the microphone's ADC pin (26)
//     --microphone M     instead of the ADC: pdm:CLOCK:DATA or i2s:CLOCK:DATA, by pins (I2S word clock: CLOCK + 1)
//     --flash FILE       flash contents: read from FILE where it exists, kept in it at the end
//     --cut N            the power fails when the firmware has stored N words into flash (erasing stores, too)
//     --free             do not wait for the wall clock while a recording plays
//
// Commands are lines on standard input; answers are lines of JSON on standard output:
//   sound FILE RATE LEAD   16-bit PCM, put on the pin from LEAD milliseconds after the next (or running) conversion begins;
//                          answered by {"sound": "begins", "nanos": ...} and {"sound": "ends", ...} when it happens
//   stats                  {"nanos", "cycles", "idle_nanos", "conversions", "bytes_out", "flash_stores", "errors"}
//   journal                {"journal": [[bytes sent so far, nanos], ...]} of every USB packet since the last journal
// The program ends with its socket or standard input, or with status 70 when the firmware faults.
import fs from 'node:fs';
import net from 'node:net';
import readline from 'node:readline';
import { Simulator, USBCDC } from 'rp2040js';

const options = {};
for (let i = 2; i < process.argv.length; i += 1) {
  const name = process.argv[i].replace(/^--/, '');
  const flag = name === 'uart' || name === 'free';
  options[name] = flag ? true : process.argv[(i += 1)];
}

const FLASH = 0x10000000;
const NANOS_PER_CYCLE = 1e9 / 125e6;
const USB_PACKET = 64;
const PACKET_MICROS = 54; // 19 packets of 64 bytes a frame of 1 ms
const DREQ_UART0_RX = 21;
const SLICE = 20000; // instructions between looks at the socket,
const SLICE_NANOS = 1e6; // or as much of the chip's time
const CONVERSION_NANOS = 2000;

const simulator = new Simulator();
const mcu = simulator.rp2040;
const clock = simulator.clock;
let errors = 0;
let idleNanos = 0;

mcu.logger = {
  debug() {},
  info() {},
  warn() {},
  error(component, text) {
    if (errors < 20) process.stderr.write(`${component}: ${text}\n`);
    errors += 1;
  },
};
mcu.onBreak = (code) => {
  process.stderr.write(`the firmware stopped at a breakpoint (${code}), pc=0x${mcu.core.PC.toString(16)}\n`);
  finish(70);
};

// ---- memories
function words(bytes) {
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  return new Uint32Array(padded.buffer);
}

function loadUf2(bytes) {
  if (bytes.length === 0 || bytes.length % 512 !== 0) throw new Error('not a UF2 file: its size is no multiple of 512');
  for (let at = 0; at < bytes.length; at += 512) {
    const magic = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 508)];
    const [flags, address, size] = [8, 12, 16].map((field) => bytes.readUInt32LE(at + field));
    const family = bytes.readUInt32LE(at + 28);
    if (magic[0] !== 0x0a324655 || magic[1] !== 0x9e5d5157 || magic[2] !== 0x0ab16f30) throw new Error(`block ${at / 512}: bad magic`);
    if ((flags & 0x2000) === 0 || family !== 0xe48bff56) throw new Error(`block ${at / 512}: not for the RP2040`);
    mcu.flash.set(bytes.subarray(at + 32, at + 32 + size), address - FLASH);
  }
}

mcu.loadBootrom(words(fs.readFileSync(options.rom)));
loadUf2(fs.readFileSync(options.uf2));
if (options.flash && fs.existsSync(options.flash)) mcu.flash.set(fs.readFileSync(options.flash));

// The chip is written by plain stores (rom.c). Where power is to fail, it does so between two of them.
let flashStores = 0;
const writeUint32 = mcu.writeUint32.bind(mcu);
mcu.writeUint32 = (address, value) => {
  if (address >>> 24 === FLASH >>> 24) {
    if (flashStores === Number(options.cut ?? -1)) finish(0);
    flashStores += 1;
  }
  writeUint32(address, value);
};

// ---- the link
let socket = null;
let queue = Buffer.alloc(0);
let bytesOut = 0;
let journal = [];

function fromDevice(bytes) {
  bytesOut += bytes.length;
  journal.push([bytesOut, Math.round(clock.nanos)]);
  socket?.write(Buffer.from(bytes));
}

let feed; // takes bytes from the queue when the device is ready for them
if (options.uart) {
  const uart = mcu.uart[0];
  const byteNanos = 1e10 / Number(options.baud ?? 115200);
  let sending = [];
  uart.onByte = (byte) => sending.push(byte);
  // rp2040js has no DMA request for received bytes.
  const readUint32 = uart.readUint32.bind(uart);
  uart.readUint32 = (offset) => {
    const value = readUint32(offset);
    if (offset === 0 && uart.rxFIFO.empty) mcu.dma.clearDREQ(DREQ_UART0_RX);
    return value;
  };
  let busy = false;
  const arrival = clock.createAlarm(() => {
    if (!uart.rxFIFO.full) uart.feedByte(queue[0]); // a full FIFO loses it, as on the chip
    queue = queue.subarray(1);
    mcu.dma.setDREQ(DREQ_UART0_RX);
    busy = false;
    feed();
  });
  feed = () => {
    if (!busy && queue.length > 0) {
      busy = true;
      arrival.schedule(byteNanos);
    }
    if (sending.length > 0) {
      fromDevice(sending);
      sending = [];
    }
  };
} else {
  const usb = mcu.usbCtrl;
  const cdc = new USBCDC(usb);
  let wanted = 0; // bytes for which the device has a buffer ready
  cdc.onSerialData = fromDevice;
  usb.writeDelayMicroseconds = PACKET_MICROS;
  usb.onEndpointRead = (endpoint, size) => {
    if (endpoint === cdc.outEndpoint) {
      wanted = Math.min(size, USB_PACKET);
      feed();
    }
  };
  feed = () => {
    if (wanted > 0 && queue.length > 0) {
      const packet = new Uint8Array(queue.subarray(0, wanted));
      queue = queue.subarray(packet.length);
      wanted = 0;
      usb.endpointReadDone(cdc.outEndpoint, packet, PACKET_MICROS);
    }
  };
}

// ---- the microphone
let sound = null; // {samples, rate, start}
let conversions = 0;
const pinChannel = Number(options.pin ?? 26) - 26;

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// The sound pressure now, 16 bits.
function level() {
  if (sound === null) return 0;
  if (sound.start === null) sound.start = clock.nanos + sound.lead * 1e6;
  const at = Math.floor(((clock.nanos - sound.start) * sound.rate) / 1e9);
  if (at < 0) return 0;
  if (!sound.begun) {
    sound.begun = true;
    say({ sound: 'begins', nanos: Math.round(clock.nanos) });
  }
  if (at >= sound.samples.length) {
    sound = null;
    say({ sound: 'ends', nanos: Math.round(clock.nanos) });
    return 0;
  }
  return sound.samples[at];
}

let converting = 0;
const conversion = clock.createAlarm(() => {
  conversions += 1;
  const pressure = converting === pinChannel && !options.microphone ? level() : 0;
  mcu.adc.completeADCRead((pressure + 32768) >> 4, false);
});
mcu.adc.onADCRead = (channel) => {
  converting = channel;
  conversion.schedule(CONVERSION_NANOS);
};

// Bits of a digital microphone; both kinds put one out as the clock falls.
function digitalMicrophone(kind, clockPin, dataPin) {
  const modulator = { first: 0, second: 0 };
  const word = { select: -1, position: 0, value: 0 };
  const pdm = () => {
    const one = modulator.second >= 0;
    const feedback = one ? 1 : -1;
    modulator.first += level() / 32768 - feedback;
    modulator.second += modulator.first - feedback;
    return one;
  };
  const i2s = (select) => {
    word.position += 1;
    if (select !== word.select) {
      word.select = select;
      word.position = 0; // the bit before the first of a word
      word.value = select === 0 ? level() << 16 : 0; // nothing on the right channel
    }
    return word.position > 0 && ((word.value >>> (32 - word.position)) & 1) === 1;
  };
  let before = 0;
  return (pins) => {
    const now = (pins >> clockPin) & 1;
    if (now === 0 && before === 1) {
      mcu.gpio[dataPin].setInputValue(kind === 'pdm' ? pdm() : i2s((pins >> (clockPin + 1)) & 1));
    }
    before = now;
  };
}

// In rp2040js PIO runs by the wall clock and without its divider. Here its first state machine keeps the chip's time.
if (options.microphone) {
  const [kind, clockPin, dataPin] = options.microphone.split(':');
  const microphone = digitalMicrophone(kind, Number(clockPin), Number(dataPin));
  const pio = mcu.pio[0];
  const machine = pio.machines[0];
  let due = 0;
  const next = clock.createAlarm(() => {
    if (pio.stopped) return;
    machine.step();
    pio.checkChangedPins();
    microphone(pio.pinValues);
    due += (machine.clockDivInt + machine.clockDivFrac / 256) * NANOS_PER_CYCLE;
    next.schedule(due - clock.nanos);
  });
  pio.run = () => {
    due = clock.nanos;
    next.schedule(0);
  };
}

const commands = {
  sound(file, rate, lead) {
    const bytes = fs.readFileSync(file);
    const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~1)));
    sound = { samples, rate: Number(rate), lead: Number(lead ?? 0), start: null, begun: false };
  },
  stats() {
    const { cycles } = mcu.core;
    say({ nanos: Math.round(clock.nanos), cycles, idle_nanos: Math.round(idleNanos), conversions, bytes_out: bytesOut, flash_stores: flashStores, errors });
  },
  journal() {
    say({ journal });
    journal = [];
  },
};

// ---- time
let base = performance.now();
let timer = null;

function slice() {
  timer = null;
  const { core } = mcu;
  feed();
  const end = clock.nanos + SLICE_NANOS;
  for (let n = 0; n < SLICE && clock.nanos < end; n += 1) {
    if (core.waiting) {
      const step = clock.nanosToNextAlarm;
      if (step <= 0 && clock.nextAlarm === null) break;
      clock.tick(step);
      idleNanos += step;
      // In rp2040js SysTick alone does not end a wait.
      if (core.waiting && core.pendingSystick && core.checkForInterrupts()) core.waiting = false;
    } else {
      clock.tick(core.executeInstruction() * NANOS_PER_CYCLE);
    }
  }
  feed();
  const ahead = clock.nanos / 1e6 - (performance.now() - base);
  if (ahead < -50) base = performance.now() - clock.nanos / 1e6; // slower than the chip: do not hurry afterwards
  timer = ahead > 2 && !(options.free && sound !== null) ? setTimeout(slice, ahead) : setImmediate(slice);
}

function wake() {
  if (timer !== null) {
    clearTimeout(timer);
    clearImmediate(timer);
    slice();
  }
}

function finish(status) {
  if (options.flash) fs.writeFileSync(options.flash, mcu.flash);
  process.exit(status);
}

function attach(connection) {
  socket = connection;
  connection.setNoDelay(true);
  connection.on('data', (bytes) => {
    queue = queue.length > 0 ? Buffer.concat([queue, bytes]) : bytes;
    wake();
  });
  connection.on('error', () => {});
  connection.on('close', () => {
    socket = null;
    if (options.connect) finish(0);
  });
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [name, ...rest] = line.split('\t');
  if (name in commands) commands[name](...rest);
  else process.stderr.write(`no command '${name}'\n`);
}).on('close', () => finish(0));
process.on('SIGTERM', () => finish(0));

const [host, port] = (options.connect ?? options.listen).split(':');
mcu.core.PC = FLASH; // the second stage of the boot loader
if (options.connect) {
  attach(net.connect(Number(port), host, slice));
} else {
  net.createServer(attach).listen(Number(port), host, () => {
    say({ listening: `${host}:${port}` });
    slice();
  });
}
