/**
 * Microphone and loudspeaker of one call.
 *
 *   const line = await Line.open({ onFrame, onLevel, onPlayed, onLost });
 *   line.play(arrayBuffer); line.mark("m1"); line.clear(); line.close();
 */

export class MicrophoneError extends Error {}

const MICROPHONE = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

function explain(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "The browser may not use the microphone. Allow it for this page (the icon beside the address), then try again.";
    case "NotFoundError":
      return "No microphone was found. Plug one in, then try again.";
    case "NotReadableError":
      return "The microphone is in use by another program. Close it there, then try again.";
    default:
      return `The microphone could not be opened (${error.name}).`;
  }
}

async function openMicrophone() {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new MicrophoneError(
      "Browsers give the microphone only to pages on https or on localhost. Open this page there.",
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia(MICROPHONE);
  } catch (error) {
    throw new MicrophoneError(explain(error));
  }
}

export class Line {
  /**
   * Ask for the microphone and start. Call it from a click. Callbacks:
   * onFrame(ArrayBuffer) every 20 ms: 160 samples, 16-bit little-endian, 8 kHz;
   * onLevel("in" | "out", 0..1); onPlayed(markName); onLost() when the microphone went away.
   * Throws MicrophoneError with a message for people.
   */
  static async open(callbacks) {
    const line = new Line(callbacks);
    line.stream = await openMicrophone();
    try {
      await line.#start();
    } catch (error) {
      line.close();
      throw error;
    }
    return line;
  }

  constructor(callbacks) {
    this.callbacks = callbacks;
    this.closed = false;
  }

  async #start() {
    this.context = new AudioContext({ latencyHint: "interactive" });
    await this.context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url));
    await this.context.resume();
    const { onFrame, onLevel, onPlayed, onLost } = this.callbacks;
    this.capture = new AudioWorkletNode(this.context, "line-capture", {
      numberOfOutputs: 1,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.capture.port.onmessage = ({ data }) => {
      if (this.closed) return;
      onFrame(data.pcm);
      onLevel("in", data.level);
    };
    this.playout = new AudioWorkletNode(this.context, "line-playout", { numberOfInputs: 0 });
    this.playout.port.onmessage = ({ data }) => {
      if (this.closed) return;
      if (data.mark !== undefined) setTimeout(() => onPlayed(data.mark), this.#outputDelay());
      else if (data.level !== undefined) onLevel("out", data.level);
    };
    this.context.createMediaStreamSource(this.stream).connect(this.capture);
    this.capture.connect(this.context.destination); // silent: keeps the processor running
    this.playout.connect(this.context.destination);
    this.stream.getAudioTracks()[0].addEventListener("ended", () => this.closed || onLost());
  }

  /** Milliseconds between the audio thread and the ear. */
  #outputDelay() {
    return Math.round(1000 * Math.min(0.5, this.context.outputLatency || 0));
  }

  play(buffer) {
    this.playout.port.postMessage({ pcm: buffer }, [buffer]);
  }

  mark(name) {
    this.playout.port.postMessage({ mark: name });
  }

  clear() {
    this.playout.port.postMessage({ clear: true });
  }

  /** In a conversation between people playing may not fall behind. */
  set live(value) {
    this.playout.port.postMessage({ live: value });
  }

  set muted(value) {
    this.capture.port.postMessage({ muted: value });
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
  }
}
