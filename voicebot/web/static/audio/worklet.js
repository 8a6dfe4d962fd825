/**
 * The two ends of a line inside the audio thread: "line-capture" turns the microphone into 20 ms
 * frames of 16-bit 8 kHz audio, "line-playout" turns such frames back into sound.
 */

import { Playout } from "./playout.js";
import { Resampler } from "./resampler.js";

const LINE_RATE = 8000;
const FRAME = 160;

function level(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

class LineCapture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, LINE_RATE);
    this.frame = new Float32Array(FRAME);
    this.filled = 0;
    this.muted = false;
    this.silence = new Float32Array(128);
    this.port.onmessage = ({ data }) => {
      if (data.muted !== undefined) this.muted = data.muted;
    };
  }

  process(inputs) {
    // Without input the line carries silence: the far end counts on a steady pace.
    for (const sample of this.resampler.push(inputs[0]?.[0] ?? this.silence)) {
      this.frame[this.filled] = sample;
      this.filled += 1;
      if (this.filled === FRAME) this.#send();
    }
    return true;
  }

  #send() {
    const pcm = new Int16Array(FRAME);
    if (!this.muted) {
      for (let i = 0; i < FRAME; i += 1) {
        pcm[i] = Math.round(Math.max(-1, Math.min(1, this.frame[i])) * 32767);
      }
    }
    const loud = this.muted ? 0 : level(this.frame);
    this.filled = 0;
    this.port.postMessage({ pcm: pcm.buffer, level: loud }, [pcm.buffer]);
  }
}

class LinePlayout extends AudioWorkletProcessor {
  constructor() {
    super();
    this.playout = new Playout(sampleRate, (name) => this.port.postMessage({ mark: name }));
    this.sinceLevel = 0;
    this.loudest = 0;
    this.port.onmessage = ({ data }) => this.#told(data);
  }

  #told(data) {
    if (data.pcm) {
      const samples = Float32Array.from(new Int16Array(data.pcm), (value) => value / 32768);
      if (!this.playout.push(samples)) this.port.postMessage({ full: true });
    } else if (data.mark !== undefined) this.playout.mark(data.mark);
    else if (data.clear) this.playout.clear();
    else if (data.live !== undefined) this.playout.live = data.live;
  }

  process(_inputs, outputs) {
    const [first, ...others] = outputs[0];
    this.playout.pull(first);
    others.forEach((channel) => channel.set(first));
    this.loudest = Math.max(this.loudest, level(first));
    this.sinceLevel += first.length;
    if (this.sinceLevel > sampleRate / 20) {
      this.port.postMessage({ level: this.loudest, ahead: this.playout.ahead });
      this.sinceLevel = 0;
      this.loudest = 0;
    }
    return true;
  }
}

registerProcessor("line-capture", LineCapture);
registerProcessor("line-playout", LinePlayout);
