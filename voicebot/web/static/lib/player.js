/** Plays a call's recording: waveform, playhead, keyboard, a mute for each side. */

import { $ } from "./dom.js";
import { span } from "./words.js";
import { draw, readPeaks } from "./waveform.js";

const COLUMNS = 1200;
const LARGEST_DRAWN = 200 * 1024 * 1024; // bytes; about 1 h 45 min of two-channel 8 kHz audio
const SPEEDS = [1, 1.25, 1.5, 2];

export class Player {
  /** `onTime(seconds)` is called while playing; `spans`: [{from, to, colour}] in seconds. */
  constructor(url, { onTime, spans }) {
    Object.assign(this, { url, onTime, spans });
    this.audio = $("audio");
    this.audio.src = url;
    this.peaks = [new Float32Array(COLUMNS), new Float32Array(COLUMNS)];
    $("player").hidden = false;
    $("download").href = `${url}?download`;
    this.#buttons();
    this.#wave();
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) this.audio.addEventListener(name, () => this.#show());
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.#playing());
    new ResizeObserver(() => this.#draw()).observe($("wave"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    new MutationObserver(() => this.#draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.#load();
  }

  get length() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : (this.seconds ?? 0);
  }

  async #load() {
    const response = await fetch(this.url);
    if (!response.ok || Number(response.headers.get("content-length")) > LARGEST_DRAWN) return;
    const { seconds, peaks } = readPeaks(await response.arrayBuffer(), COLUMNS);
    this.seconds = seconds;
    this.peaks = peaks;
    this.#show();
    this.#draw();
  }

  #buttons() {
    $("play").addEventListener("click", () => this.toggle());
    $("rate").addEventListener("click", () => {
      const speed = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length];
      this.audio.playbackRate = speed;
      $("rate").textContent = `${speed}×`;
    });
    for (const channel of [0, 1]) {
      const button = $(`mute-${channel}`);
      button.addEventListener("click", () => {
        const muted = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(muted));
        this.#channels()[channel].gain.value = muted ? 0 : 1;
      });
    }
  }

  /** Left and right pass through gains of their own, made when first needed. */
  #channels() {
    if (this.gains) return this.gains;
    const context = new AudioContext();
    const splitter = context.createChannelSplitter(2);
    const merger = context.createChannelMerger(2);
    this.gains = [0, 1].map((channel) => {
      const gain = context.createGain();
      splitter.connect(gain, channel);
      gain.connect(merger, 0, channel);
      return gain;
    });
    context.createMediaElementSource(this.audio).connect(splitter);
    merger.connect(context.destination);
    return this.gains;
  }

  #wave() {
    const wave = $("wave");
    const seek = ({ clientX }) => {
      const box = wave.getBoundingClientRect();
      this.seek(((clientX - box.left) / box.width) * this.length);
    };
    wave.addEventListener("pointerdown", (event) => {
      wave.setPointerCapture(event.pointerId);
      seek(event);
    });
    wave.addEventListener("pointermove", (event) => wave.hasPointerCapture(event.pointerId) && seek(event));
    wave.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -5, ArrowRight: 5, Home: -this.length, End: this.length }[event.key];
      if (step !== undefined) this.seek(this.audio.currentTime + step);
      else if (event.key === " ") this.toggle();
      else return;
      event.preventDefault();
    });
  }

  toggle() {
    if (this.audio.paused) this.audio.play();
    else this.audio.pause();
  }

  seek(seconds) {
    this.audio.currentTime = Math.max(0, Math.min(this.length, seconds));
  }

  #playing() {
    const playing = !this.audio.paused;
    $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    $("play-icon").setAttribute("href", playing ? "#i-pause" : "#i-play");
    cancelAnimationFrame(this.frame);
    const step = () => {
      this.#show();
      this.frame = requestAnimationFrame(step);
    };
    if (playing) step();
  }

  #show() {
    const now = this.audio.currentTime;
    const wave = $("wave");
    $("clock").textContent = `${span(Math.floor(now))} / ${span(this.length)}`;
    $("head").style.left = `${(100 * now) / Math.max(this.length, 0.01)}%`;
    wave.setAttribute("aria-valuemax", Math.round(this.length));
    wave.setAttribute("aria-valuenow", Math.round(now));
    wave.setAttribute("aria-valuetext", `${span(now)} of ${span(this.length)}`);
    this.#draw();
    this.onTime(now);
  }

  #draw() {
    const colours = ["caller", "bot"].map(colourOf);
    const length = Math.max(this.length, 0.01);
    const marks = this.spans.map(({ from, to, party }) => ({ from: from / length, to: to / length, colour: colourOf(party) }));
    draw($("canvas"), this.peaks, this.audio.currentTime / length, colours, marks);
  }
}

/** The colour of a party in the look of now; a canvas can't read custom properties itself. */
function colourOf(party) {
  const probe = document.createElement("span");
  probe.className = `probe ${party}`;
  $("wave").append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
