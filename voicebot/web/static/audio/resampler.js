/**
 * A streaming sample-rate converter: windowed sinc (Kaiser, beta 8, about 80 dB), polyphase, exact
 * for every pair of whole rates. One instance per direction; it keeps its past, so that joining
 * its outputs gives no clicks.
 */

const ZERO_CROSSINGS = 24;
const BETA = 8;

function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}

export class Resampler {
  /** Rates in hertz, whole numbers. */
  constructor(inRate, outRate) {
    const divisor = gcd(inRate, outRate);
    this.up = outRate / divisor;
    this.down = inRate / divisor;
    // The transition band ends at the lower Nyquist frequency, so nothing folds back.
    const cutoff = 0.92 * Math.min(1, outRate / inRate);
    this.half = Math.ceil(ZERO_CROSSINGS / cutoff);
    this.taps = 2 * this.half;
    this.phases = this.#design(cutoff);
    this.history = new Float32Array(this.taps);
    this.phase = 0;
    this.need = this.half + 1; // input samples missing before the next output
  }

  #design(cutoff) {
    const phases = [];
    for (let p = 0; p < this.up; p += 1) {
      const taps = new Float32Array(this.taps);
      let sum = 0;
      for (let k = 0; k < this.taps; k += 1) {
        const x = k - this.half + 1 - p / this.up;
        const edge = x / this.half;
        const window = Math.abs(edge) < 1 ? bessel(BETA * Math.sqrt(1 - edge * edge)) : 0;
        const angle = Math.PI * cutoff * x;
        taps[k] = (angle === 0 ? 1 : Math.sin(angle) / angle) * window;
        sum += taps[k];
      }
      for (let k = 0; k < this.taps; k += 1) taps[k] /= sum;
      phases.push(taps);
    }
    return phases;
  }

  /** Feed a Float32Array, get the samples that are ready as a Float32Array. */
  push(input) {
    const output = new Float32Array(Math.ceil((input.length * this.up) / this.down) + 1);
    const line = new Float32Array(this.history.length + input.length);
    line.set(this.history);
    line.set(input, this.history.length);
    let at = this.history.length; // samples of `line` taken in so far
    let count = 0;
    for (;;) {
      if (at + this.need > line.length) break;
      at += this.need;
      const taps = this.phases[this.phase];
      const start = at - this.taps;
      let sum = 0;
      for (let k = 0; k < this.taps; k += 1) sum += line[start + k] * taps[k];
      output[count] = sum;
      count += 1;
      this.phase += this.down;
      this.need = Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    this.need -= line.length - at;
    this.history = line.slice(line.length - this.taps);
    return output.subarray(0, count);
  }
}
