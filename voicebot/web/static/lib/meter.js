/** A level meter of small bars. */

import { h } from "./dom.js";

const BARS = 9;

/** Map a root mean square to 0..1 on a scale that fits speech (-52 to -12 dB). */
export function loudness(rms) {
  return Math.max(0, Math.min(1, (20 * Math.log10(rms + 1e-6) + 52) / 40));
}

export class Meter {
  constructor(element) {
    this.bars = Array.from({ length: BARS }, () => h("i"));
    element.replaceChildren(...this.bars);
    this.level = 0;
  }

  show(rms) {
    this.level = Math.max(loudness(rms), this.level * 0.8);
    this.bars.forEach((bar, index) => {
      const middle = 1 - Math.abs(index - (BARS - 1) / 2) / BARS;
      const height = Math.max(0.16, Math.min(1, this.level * middle * 1.25));
      bar.style.transform = `scaleY(${height.toFixed(2)})`;
      bar.classList.toggle("on", this.level > 0.08);
    });
  }

  rest() {
    this.level = 0;
    this.show(0);
  }
}
