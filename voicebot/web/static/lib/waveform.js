/** A 16-bit two-channel WAV file as two rows of peaks on a canvas. */

/** Peaks of both channels of a WAV file in an ArrayBuffer: { rate, seconds, peaks: [Float32Array, Float32Array] }. */
export function readPeaks(buffer, columns) {
  const view = new DataView(buffer);
  const tag = (at) => String.fromCharCode(...new Uint8Array(buffer, at, 4));
  if (buffer.byteLength < 44 || tag(0) !== "RIFF" || tag(8) !== "WAVE") throw new Error("not a WAV file");
  let at = 12;
  let format;
  while (at + 8 <= buffer.byteLength) {
    const size = view.getUint32(at + 4, true);
    if (tag(at) === "fmt ") format = { channels: view.getUint16(at + 10, true), rate: view.getUint32(at + 12, true) };
    if (tag(at) === "data" && format) {
      const bytes = Math.min(size, buffer.byteLength - at - 8) & ~1;
      const samples = new Int16Array(buffer.slice(at + 8, at + 8 + bytes));
      return measure(samples, format, columns);
    }
    at += 8 + size + (size % 2);
  }
  throw new Error("a WAV file without audio");
}

function measure(samples, { channels, rate }, columns) {
  const frames = Math.floor(samples.length / channels);
  const peaks = Array.from({ length: channels }, () => new Float32Array(columns));
  const width = frames / columns;
  for (let column = 0; column < columns; column += 1) {
    const end = Math.min(frames, Math.ceil((column + 1) * width));
    for (let frame = Math.floor(column * width); frame < end; frame += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        const size = Math.abs(samples[frame * channels + channel]) / 32768;
        if (size > peaks[channel][column]) peaks[channel][column] = size;
      }
    }
  }
  return { rate, seconds: frames / rate, peaks };
}

/** Draw the peaks; what was played (0..1) in full colour, the rest paler. */
export function draw(canvas, peaks, played, colours, marks = []) {
  const scale = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const paint = canvas.getContext("2d");
  paint.scale(scale, scale);
  for (const { from, to, colour } of marks) {
    paint.globalAlpha = 0.16;
    paint.fillStyle = colour;
    paint.fillRect(from * width, 0, Math.max(1, (to - from) * width), height);
  }
  const bar = 3;
  peaks.forEach((channel, row) => {
    const middle = (height * (row + 0.5)) / peaks.length;
    const half = height / peaks.length / 2 - 4;
    const step = channel.length / (width / bar);
    for (let x = 0, i = 0; x < width; x += bar, i += step) {
      const peak = Math.max(...channel.subarray(Math.floor(i), Math.max(Math.floor(i) + 1, Math.floor(i + step))));
      const size = Math.max(0.75, Math.sqrt(peak) * half);
      paint.globalAlpha = x / width <= played ? 1 : 0.42;
      paint.fillStyle = colours[row];
      paint.fillRect(x, middle - size, bar - 1, 2 * size);
    }
  });
}
