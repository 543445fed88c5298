// A vox-embed model in JavaScript: firmware/vox as WebAssembly, the same bits as on the chip.
//
//     const vox = new Vox(wasmBytes, modelBytes);
//     for (const heard of vox.push(int16Samples)) { ... heard.events, heard.posteriors ... }
//     const verdict = vox.clip();
//
// One stream an object. Scores are Q15: 32768 is 1. Labels are indices; -1 is unknown, -2 silence.
"use strict";

class Vox {
  constructor(wasm, model) {
    this.api = new WebAssembly.Instance(new WebAssembly.Module(wasm), {}).exports;
    const at = this._allocate(model.length);
    new Uint8Array(this.api.memory.buffer).set(model, at);
    const status = this.api.open(at, model.length);
    if (status < 0) throw new Error(`the model does not open: vox_status ${status}`);
    this.rate = this.api.rate();
    this.hop = this.api.hop();
    this.span = this.api.span();
    this.labels = Array.from({ length: this.api.labels() }, (_, i) => this._text(this.api.label(i)));
    this._block = 1024;
    this._samples = this._allocate(2 * this._block);
  }

  _allocate(bytes) {
    const at = this.api.allocate(bytes);
    if (at === 0) throw new Error("the browser gives no more memory");
    return at;
  }

  _text(at) {
    const bytes = new Uint8Array(this.api.memory.buffer, at);
    let text = "";
    for (let i = 0; bytes[i] !== 0; ++i) text += "%" + bytes[i].toString(16).padStart(2, "0");
    return decodeURIComponent(text); // an AudioWorklet has no TextDecoder
  }

  label(index) {
    return index === -1 ? "(unknown)" : index === -2 ? "(silence)" : this.labels[index];
  }

  // Seconds from the start to the end of feature frame `frames` (1: the first).
  seconds(frames) {
    return ((frames - 1) * this.hop + this.span) / this.rate;
  }

  // Int16Array at this.rate -> what each window and event brought.
  push(samples) {
    const heard = [];
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + this._block);
      new Int16Array(this.api.memory.buffer, this._samples, part.length).set(part);
      const what = this.api.push(this._samples, part.length);
      from += this.api.used() >>> 0;
      this._read(what, heard);
    }
    return heard;
  }

  // Ends a clip; see vox_listener_finish.
  finish() {
    const heard = [];
    for (let what = this.api.finish(); what !== 0; what = this.api.finish()) this._read(what, heard);
    return heard;
  }

  clip() {
    const label = this.api.clip();
    return { label, score: this.api.clip_score(), scores: this._scores(this.api.clip_scores()) };
  }

  reset() {
    this.api.reset();
  }

  _scores(at) {
    return Array.from(new Uint16Array(this.api.memory.buffer, at, this.labels.length));
  }

  _read(what, heard) {
    const RESULT = 2, EVENT = 4; // VOX_HEARD_*
    if ((what & (RESULT | EVENT)) === 0) return;
    const item = { frames: this.api.frames() >>> 0, result: (what & RESULT) !== 0, events: [] };
    if (item.result) {
      item.posteriors = this._scores(this.api.posteriors());
      item.label = this.api.verdict_label();
      item.score = this.api.verdict_score();
      item.gated = this.api.gated();
    }
    for (let i = 0; (what & EVENT) !== 0 && i < this.api.events(); ++i) {
      item.events.push({
        frame: this.api.event_frame(i) >>> 0,
        label: this.api.event_label(i),
        score: this.api.event_score(i),
        kind: this.api.event_kind(i),
      });
    }
    heard.push(item);
  }
}
