// In the audio thread, below vox.js: the microphone's samples, brought to the model's rate, through the model.
class VoxProcessor extends AudioWorkletProcessor {
  constructor(options) {
    super();
    const { wasm, model } = options.processorOptions;
    this.vox = new Vox(wasm, model);
    this.resampler = new Resampler(sampleRate, this.vox.rate);
  }

  process(inputs) {
    const input = inputs[0][0];
    if (input === undefined) return true;
    const samples = this.resampler.push(input);
    if (samples.length === 0) return true;
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    this.port.postMessage({ count: samples.length, peak: peak / 32768, heard: this.vox.push(samples) });
    return true;
  }
}

// Float samples at one rate -> int16 at another, by a windowed sinc. At equal rates it only rounds.
class Resampler {
  constructor(from, to) {
    this.step = from / to;
    this.half = from === to ? 0 : Math.ceil(16 * Math.max(1, this.step));
    this.cut = 0.94 * Math.min(1, to / from);
    this.held = new Float32Array(2 * this.half);
    this.at = this.half; // of the next output, in held samples
  }

  push(input) {
    const all = new Float32Array(this.held.length + input.length);
    all.set(this.held);
    all.set(input, this.held.length);
    const out = [];
    for (; Math.floor(this.at) + this.half < all.length; this.at += this.step) {
      out.push(Math.max(-32768, Math.min(32767, Math.round(32768 * this.value(all)))));
    }
    const gone = Math.min(all.length, Math.max(0, Math.floor(this.at) - this.half));
    this.held = all.slice(gone);
    this.at -= gone;
    return Int16Array.from(out);
  }

  value(all) {
    if (this.half === 0) return all[this.at];
    const middle = Math.floor(this.at);
    let sum = 0;
    for (let i = Math.max(0, middle - this.half + 1); i <= middle + this.half; ++i) {
      const x = i - this.at;
      const turn = Math.PI * this.cut * x;
      const sinc = x === 0 ? this.cut : Math.sin(turn) / (Math.PI * x);
      sum += all[i] * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / this.half));
    }
    return sum;
  }
}

registerProcessor("vox", VoxProcessor);
