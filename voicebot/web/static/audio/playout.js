/**
 * The play buffer of a line: 8 kHz audio and marks in, clean audio at the context's rate out.
 * Holds no clock and touches no browser object, so the worklet and the tests use it alike.
 */

import { Resampler } from "./resampler.js";

const LINE_RATE = 8000;
const PREFILL = 0.06 * LINE_RATE; // samples held before playing starts: rides out network jitter
const LONGEST = 600 * LINE_RATE; // ten minutes ahead: what comes on top is dropped
const LIVE_SLACK = 0.12 * LINE_RATE; // a live conversation may lag by this before it catches up
const LIVE_WORST = 0.4 * LINE_RATE;
const QUIET = 0.01; // root mean square below which a frame can be skipped unheard

function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

export class Playout {
  /** `rate`: the context's rate in hertz. `played(name)` is called for every mark that is due. */
  constructor(rate, played) {
    this.rate = rate;
    this.played = played;
    this.live = false;
    this.fade = Math.round(rate * 0.004); // samples of a fade in or out
    this.tail = new Float32Array(0); // fading rest of audio that was cleared
    this.#reset();
  }

  #reset() {
    this.queue = []; // Float32Array at 8 kHz, or {mark}
    this.queued = 0; // samples in the queue
    this.ready = new Float32Array(0); // resampled, about to be played
    this.due = []; // marks inside `ready`: {name, left: samples to play before it}
    this.#rest();
  }

  #rest() {
    this.playing = false;
    this.waited = 0; // samples of output since audio last arrived, while holding back
    this.gain = 0;
    this.resampler = new Resampler(LINE_RATE, this.rate);
  }

  /** Queue a Float32Array of line audio. Returns false when the buffer is full. */
  push(samples) {
    if (this.queued + samples.length > LONGEST) return false;
    this.queue.push(samples);
    this.queued += samples.length;
    this.waited = 0;
    if (this.live) this.#catchUp();
    return true;
  }

  /** Ask to be told when everything pushed before was played. */
  mark(name) {
    this.queue.push({ mark: name });
  }

  /** Drop everything: marks are reported at once, what is sounding fades out within 4 ms. */
  clear() {
    const marks = this.due.map((entry) => entry.name);
    for (const entry of this.queue) if (entry.mark !== undefined) marks.push(entry.mark);
    this.tail = this.ready.slice(0, this.fade);
    for (let i = 0; i < this.tail.length; i += 1) {
      this.tail[i] *= this.gain * (1 - i / this.tail.length);
    }
    this.#reset();
    marks.forEach((name) => this.played(name));
  }

  /** Seconds of audio waiting. */
  get ahead() {
    return this.queued / LINE_RATE + this.ready.length / this.rate;
  }

  /** Two people talking must not drift apart: skip silence, and more when far behind. */
  #catchUp() {
    for (let i = 0; i < this.queue.length && this.queued > LIVE_SLACK; i += 1) {
      const entry = this.queue[i];
      if (entry.mark !== undefined) continue;
      if (this.queued > LIVE_WORST || loudness(entry) < QUIET) {
        this.queue.splice(i, 1);
        this.queued -= entry.length;
        i -= 1;
      }
    }
  }

  #refill(wanted) {
    const parts = [this.ready];
    let have = this.ready.length;
    while (have < wanted && this.queue.length) {
      const entry = this.queue.shift();
      if (entry.mark !== undefined) {
        this.due.push({ name: entry.mark, left: have });
        continue;
      }
      this.queued -= entry.length;
      const more = this.resampler.push(entry);
      parts.push(more);
      have += more.length;
    }
    this.ready = new Float32Array(have);
    let at = 0;
    for (const part of parts) {
      this.ready.set(part, at);
      at += part.length;
    }
  }

  #mayStart(length) {
    while (this.queue.length && this.queue[0].mark !== undefined) {
      this.played(this.queue.shift().mark);
    }
    if (this.queued === 0) return false;
    // A short piece never reaches the prefill: play it once nothing more came for as long.
    this.waited += length;
    return this.queued >= PREFILL || this.waited >= (PREFILL / LINE_RATE) * this.rate;
  }

  /** Fill `output` (Float32Array at the context's rate). */
  pull(output) {
    output.fill(0);
    if (!this.playing) this.playing = this.#mayStart(output.length);
    if (this.playing) this.#play(output);
    for (let i = 0; i < Math.min(this.tail.length, output.length); i += 1) output[i] += this.tail[i];
    this.tail = this.tail.subarray(Math.min(this.tail.length, output.length));
  }

  #play(output) {
    this.#refill(output.length + this.fade);
    const ending = this.queued === 0; // the last 4 ms fade, so that a gap does not click
    const step = 1 / this.fade;
    const count = Math.min(output.length, this.ready.length);
    for (let i = 0; i < count; i += 1) {
      const target = ending ? Math.min(1, (this.ready.length - i - 1) / this.fade) : 1;
      this.gain += Math.max(-step, Math.min(step, target - this.gain));
      output[i] = this.ready[i] * this.gain;
    }
    this.ready = this.ready.slice(count);
    for (const entry of this.due) entry.left -= count;
    while (this.due.length && this.due[0].left <= 0) this.played(this.due.shift().name);
    if (this.ready.length === 0 && this.queue.length === 0) this.#rest();
  }
}
