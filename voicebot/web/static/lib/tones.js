/** Sounds of the pages: key tones (ITU-T Q.23) for the ear only, and the bell of a seat. */

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477];
const KEYS = ["123", "456", "789", "*0#"];

let context; // one per page; browsers allow only a few

function audio() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
  return context;
}

function tone(frequencies, start, seconds, volume) {
  const place = audio();
  const gain = place.createGain();
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(volume, start + 0.01);
  gain.gain.setValueAtTime(volume, start + seconds - 0.03);
  gain.gain.linearRampToValueAtTime(0, start + seconds);
  gain.connect(place.destination);
  for (const frequency of frequencies) {
    const oscillator = place.createOscillator();
    oscillator.frequency.value = frequency;
    oscillator.connect(gain);
    oscillator.start(start);
    oscillator.stop(start + seconds);
  }
}

export function keyTone(digit) {
  const row = KEYS.findIndex((keys) => keys.includes(digit));
  if (row < 0) return;
  tone([LOW[row], HIGH[KEYS[row].indexOf(digit)]], audio().currentTime, 0.11, 0.05);
}

/** Call it from a click: from then on the bell may sound. */
export function allowSound() {
  audio();
}

export class Bell {
  start() {
    if (this.timer) return;
    const ring = () => {
      const now = audio().currentTime;
      tone([587, 880], now, 0.22, 0.09);
      tone([698, 1047], now + 0.26, 0.34, 0.09);
    };
    ring();
    this.timer = setInterval(ring, 2000);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
