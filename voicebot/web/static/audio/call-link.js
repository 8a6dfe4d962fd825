/**
 * One call from a browser: the line (microphone, loudspeaker) joined to the media websocket.
 *
 * Text to the server: start{token, rate}, dtmf{digit}, mark{name}, stop. From the server:
 * started{call_id}, mark{name}, clear, line{...}, partial{...}, state{name}, ended{reason}. Binary both ways:
 * 16-bit little-endian PCM, one channel, 8 kHz. docs/api.md has the whole protocol.
 */

import { Line } from "./line.js";

const MOST_BUFFERED = 64 * 1024; // bytes not yet sent: the network is gone, not just slow
const START_SECONDS = 10;

export class CallLink {
  /**
   * `url`, `token`: where and with what right; `on`: functions by name: started, line, partial, state,
   * ended(reason), failed(message), level(direction, value).
   */
  constructor({ url, token, live = false, on }) {
    Object.assign(this, { url, token, live, on });
    this.over = false;
    this.started = false;
  }

  async open() {
    this.line = await Line.open({
      onFrame: (frame) => this.#sendFrame(frame),
      onLevel: (direction, value) => this.on.level?.(direction, value),
      onPlayed: (name) => this.#send({ type: "mark", name }),
      onLost: () => this.#finish("failed", "The microphone was unplugged or taken away."),
    });
    if (this.over) {
      this.line.close();
      return;
    }
    this.line.live = this.live;
    this.#connect();
  }

  #connect() {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.timer = setTimeout(() => {
      this.#finish("failed", "The line did not answer. Try again in a moment.");
    }, START_SECONDS * 1000);
    socket.onopen = () => this.#send({ type: "start", token: this.token, rate: 8000 });
    socket.onmessage = ({ data }) => {
      if (this.over) return;
      if (typeof data === "string") this.#told(JSON.parse(data));
      else this.line.play(data);
    };
    socket.onclose = ({ reason }) => {
      const what = this.started ? "The connection was lost." : "No connection to the line.";
      this.#finish("failed", reason ? `${what} (${reason})` : what);
    };
  }

  #told(message) {
    switch (message.type) {
      case "started":
        clearTimeout(this.timer);
        this.started = true;
        this.on.started?.(message.call_id);
        break;
      case "mark":
        this.line.mark(message.name);
        break;
      case "clear":
        this.line.clear();
        break;
      case "line":
        this.on.line?.(message);
        break;
      case "partial":
        this.on.partial?.(message);
        break;
      case "state":
        this.on.state?.(message.name);
        break;
      case "ended":
        this.#finish("ended", message.reason ?? "");
        break;
      default: // a newer server may say more
    }
  }

  #send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  #sendFrame(frame) {
    if (!this.started || this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > MOST_BUFFERED) {
      this.#finish("failed", "The network is too slow: nothing gets through any more.");
      return;
    }
    this.socket.send(frame);
  }

  press(digit) {
    this.#send({ type: "dtmf", digit });
  }

  setMuted(muted) {
    if (this.line) this.line.muted = muted;
  }

  setLive(live) {
    if (this.line) this.line.live = live;
  }

  hangUp() {
    this.#send({ type: "stop" });
    this.#finish("ended", "you hung up");
  }

  #finish(how, what) {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    this.line?.close();
    this.socket?.close();
    this.on[how]?.(what);
  }
}
