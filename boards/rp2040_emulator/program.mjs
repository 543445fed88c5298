// Runs a small bare program in rp2040js to its end: no boot loader, no USB; text and exit status by semihosting.
//
//   node program.mjs image.bin                the program at the start of flash, its vector table first
//
// SysTick counts processor cycles, exactly and the same every time, without flash wait states.
import fs from 'node:fs';
import { Simulator } from 'rp2040js';

const FLASH = 0x10000000;
const NANOS_PER_CYCLE = 1e9 / 125e6;
const SEMIHOSTING = 0xab;
const SYS_WRITE0 = 0x04;
const SYS_EXIT_EXTENDED = 0x20;
const FAULT = 70;

const { rp2040: mcu, clock } = new Simulator();
const { core } = mcu;
let text = '';

function finish(status) {
  fs.writeSync(1, text);
  process.exit(status);
}

mcu.logger = {
  debug() {},
  info() {},
  warn() {},
  error(component, message) { // an access on which the chip would fault
    process.stderr.write(`${component}: ${message}\n`);
    finish(FAULT);
  },
};
mcu.onBreak = (code) => {
  const [operation, argument] = core.registers;
  if (code === SEMIHOSTING && operation === SYS_WRITE0) {
    for (let at = argument >>> 0, byte; (byte = mcu.readUint8(at)) !== 0; at += 1) text += String.fromCharCode(byte);
  } else if (code === SEMIHOSTING && operation === SYS_EXIT_EXTENDED) {
    finish(mcu.readUint32((argument >>> 0) + 4));
  } else {
    process.stderr.write(`the program stopped at a breakpoint (${code}), pc=0x${core.PC.toString(16)}\n`);
    finish(FAULT);
  }
};

mcu.flash.set(fs.readFileSync(process.argv[2]), 0);
core.VTOR = FLASH;
core.SP = mcu.readUint32(FLASH);
core.PC = mcu.readUint32(FLASH + 4) & ~1;
for (;;) clock.tick(core.executeInstruction() * NANOS_PER_CYCLE);
