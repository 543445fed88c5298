// The page: microphone or file in; waveform, posteriors, events out.
"use strict";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a7a00", "#7a7a7a", "#a05020", "#5050c0"];
const SECONDS = 8; // shown of a stream
const $ = (id) => document.getElementById(id);
const view = { peaks: [], windows: [], start: 0, end: SECONDS };
let wasm, model, vox, running, following = false;

function fail(message) {
  $("status").textContent = message;
  $("status").className = "bad";
}

function say(message) {
  $("status").textContent = message;
  $("status").className = "";
}

async function unpacked(id) {
  const packed = Uint8Array.from(atob($(id).textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function start() {
  if (typeof WebAssembly === "undefined" || typeof DecompressionStream === "undefined") {
    return fail("This browser is too old for this page: take Chrome 80, Firefox 113, Safari 16.4 or newer.");
  }
  wasm = await unpacked("wasm");
  model = await unpacked("model");
  vox = new Vox(wasm, model);
  $("bars").replaceChildren(...vox.labels.map(bar));
  $("about").textContent = `${vox.labels.length} labels, ${vox.rate} Hz, model of ${model.length} bytes`;
  $("microphone").disabled = $("file").disabled = false;
  say("Ready. Nothing that is heard leaves this computer.");
  draw();
}

function bar(label, i) {
  const row = document.createElement("li");
  row.innerHTML = '<span class="name"></span><span class="track"><span class="fill"></span></span><span class="value">0 %</span>';
  row.children[0].textContent = label;
  row.querySelector(".fill").style.background = COLOURS[i % COLOURS.length];
  return row;
}

function clear() {
  view.peaks = [];
  view.windows = [];
  view.start = 0;
  view.end = SECONDS;
  $("events").replaceChildren();
  $("label").textContent = "–";
}

function show(heard) {
  for (const item of heard) {
    if (item.result) {
      view.windows.push({ time: vox.seconds(item.frames), values: item.posteriors.map((p) => p / 32768) });
      if (running) $("label").textContent = vox.label(item.label);
    }
    for (const event of item.events) if (event.kind === 1) list(event);
  }
  const last = view.windows.at(-1);
  if (last) {
    [...$("bars").children].forEach((row, i) => {
      const percent = Math.round(100 * last.values[i]);
      row.querySelector(".fill").style.width = `${percent}%`;
      row.children[2].textContent = `${percent} %`;
    });
  }
}

function list(event) {
  const row = document.createElement("tr");
  for (const text of [vox.seconds(event.frame).toFixed(2) + " s", vox.label(event.label), Math.round(event.score / 327.68) + " %"]) {
    row.insertCell().textContent = text;
  }
  $("events").prepend(row);
  while ($("events").children.length > 50) $("events").lastChild.remove();
}

function draw() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  for (const id of ["wave", "lines"]) {
    const canvas = $(id);
    const scale = devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * scale;
    canvas.height = canvas.clientHeight * scale;
  }
  const wave = $("wave"), g = wave.getContext("2d");
  const x = (time) => ((time - view.start) / (view.end - view.start)) * wave.width;
  g.fillStyle = dark ? "#9ecbff" : "#0b5cad";
  for (const { time, peak, span } of view.peaks) {
    const h = Math.max(1, peak * wave.height);
    g.fillRect(x(time), (wave.height - h) / 2, Math.max(1, x(time + span) - x(time) - 0.5), h);
  }
  const lines = $("lines"), l = lines.getContext("2d");
  l.lineWidth = 2 * (devicePixelRatio || 1);
  vox.labels.forEach((_, i) => {
    l.strokeStyle = COLOURS[i % COLOURS.length];
    l.beginPath();
    for (const { time, values } of view.windows) l.lineTo(x(time), (1 - values[i]) * (lines.height - 4) + 2);
    l.stroke();
  });
}

// ---- microphone

async function listen() {
  if (running) return stop();
  if (!navigator.mediaDevices) return fail("The browser gives the microphone to pages from https or this computer only: serve the folder with python3 -m http.server, or choose a file.");
  if (typeof AudioWorkletNode === "undefined") return fail("This browser has no AudioWorklet: choose a file, or take a newer browser.");
  let stream;
  try {
    const exact = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    stream = await navigator.mediaDevices.getUserMedia({ audio: exact });
  } catch (error) {
    const why = error.name === "NotAllowedError" ? "it was not allowed: see the lock beside the address" : error.name === "NotFoundError" ? "there is none: connect one, or choose a file" : error.message;
    return fail(`No microphone: ${why}.`);
  }
  const context = new AudioContext();
  const code = $("vox-js").textContent + $("worklet-js").textContent;
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    await context.audioWorklet.addModule(address);
  } catch (error) {
    stream.getTracks().forEach((track) => track.stop());
    await context.close();
    return fail(`The audio thread did not start: ${error.message}`);
  } finally {
    URL.revokeObjectURL(address);
  }
  clear();
  const node = new AudioWorkletNode(context, "vox", { numberOfOutputs: 0, processorOptions: { wasm, model } });
  let time = 0;
  node.port.onmessage = ({ data }) => {
    const span = data.count / vox.rate;
    view.peaks.push({ time, peak: data.peak, span });
    time += span;
    show(data.heard);
    view.end = Math.max(SECONDS, time);
    view.start = view.end - SECONDS;
    while (view.peaks.length && view.peaks[0].time < view.start - 1) view.peaks.shift();
    while (view.windows.length && view.windows[0].time < view.start - 1) view.windows.shift();
    if (!following) {
      following = true;
      requestAnimationFrame(() => { following = false; draw(); });
    }
  };
  node.onprocessorerror = () => { stop(); fail("The audio thread stopped: load the page again."); };
  context.createMediaStreamSource(stream).connect(node);
  await context.resume();
  running = { context, stream };
  $("microphone").textContent = "Stop";
  say("Listening.");
}

function stop() {
  if (!running) return;
  running.stream.getTracks().forEach((track) => track.stop());
  running.context.close();
  running = undefined;
  $("microphone").textContent = "Microphone";
  say("Stopped.");
}

// ---- file

// Int16Array at the model's rate. 16-bit PCM at that rate is taken as it is, bit for bit; the rest is decoded by the browser.
async function samplesOf(buffer) {
  const plain = Wav.samples(buffer, vox.rate);
  if (plain) return plain;
  const decoded = await new OfflineAudioContext(1, 1, vox.rate).decodeAudioData(buffer);
  const out = new Int16Array(decoded.length);
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i));
  for (let i = 0; i < out.length; ++i) {
    let sum = 0;
    for (const channel of channels) sum += channel[i];
    out[i] = Math.max(-32768, Math.min(32767, Math.round((32768 * sum) / channels.length)));
  }
  return out;
}

const Wav = {
  samples(buffer, rate) {
    const v = new DataView(buffer);
    const name = (at) => (at + 4 <= v.byteLength ? String.fromCharCode(v.getUint8(at), v.getUint8(at + 1), v.getUint8(at + 2), v.getUint8(at + 3)) : "");
    if (name(0) !== "RIFF" || name(8) !== "WAVE") return null;
    let fits = false;
    for (let at = 12; at + 8 <= v.byteLength; ) {
      const size = v.getUint32(at + 4, true), body = at + 8;
      if (name(at) === "fmt " && body + 16 <= v.byteLength) {
        fits = v.getUint16(body, true) === 1 && v.getUint16(body + 2, true) === 1 && v.getUint32(body + 4, true) === rate && v.getUint16(body + 14, true) === 16;
      }
      if (name(at) === "data") {
        if (!fits) return null;
        const count = Math.floor(Math.min(size, v.byteLength - body) / 2);
        return Int16Array.from({ length: count }, (_, i) => v.getInt16(body + 2 * i, true));
      }
      at = body + size + (size & 1);
    }
    return null;
  },
};

// A clip from reset to verdict.
function classify(samples) {
  vox.reset();
  const heard = [...vox.push(samples), ...vox.finish()];
  return { heard, verdict: vox.clip() };
}

async function open(file) {
  stop();
  clear();
  let samples;
  try {
    samples = await samplesOf(await file.arrayBuffer());
  } catch {
    return fail(`${file.name}: this browser cannot decode it; WAV, FLAC and MP3 mostly work.`);
  }
  if (samples.length === 0) return fail(`${file.name}: it has no samples.`);
  const { heard, verdict } = classify(samples);
  view.end = samples.length / vox.rate;
  const step = Math.max(1, Math.floor(samples.length / 400));
  for (let at = 0; at < samples.length; at += step) {
    let peak = 0;
    for (const sample of samples.subarray(at, at + step)) peak = Math.max(peak, Math.abs(sample));
    view.peaks.push({ time: at / vox.rate, peak: peak / 32768, span: step / vox.rate });
  }
  show(heard);
  $("label").textContent = vox.label(verdict.label);
  say(`${file.name}: ${view.end.toFixed(2)} s, ${vox.label(verdict.label)} with ${Math.round(verdict.score / 327.68)} %.`);
  draw();
}

$("microphone").addEventListener("click", () => listen().catch((error) => fail(error.message)));
$("file").addEventListener("change", (event) => { if (event.target.files[0]) open(event.target.files[0]); event.target.value = ""; });
addEventListener("resize", () => { if (vox) draw(); });
const ready = start().catch((error) => fail(error.message));
