/**
 * The seat's signalling: JSON messages over one websocket that is opened again whenever it is lost.
 * Every message to the desk is one of available, away, accept, decline, end, note, wrapped_up.
 */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;
const REFUSED = 4401; // the session is over

export class SeatLink {
  /** `onMessage(message)`, `onConnected(boolean)`, `onSignedOut()`. */
  constructor({ onMessage, onConnected, onSignedOut }) {
    Object.assign(this, { onMessage, onConnected, onSignedOut });
    this.pause = FIRST_PAUSE;
    this.#open();
    addEventListener("online", () => this.#retryNow());
  }

  #open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/seat/ws`);
    this.socket = socket;
    socket.onopen = () => {
      this.pause = FIRST_PAUSE;
      this.onConnected(true);
    };
    socket.onmessage = ({ data }) => this.onMessage(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lost(code);
  }

  #lost(code) {
    this.onConnected(false);
    if (code === REFUSED) {
      this.onSignedOut();
      return;
    }
    // Many seats must not come back in the same moment after a restart.
    this.timer = setTimeout(() => this.#open(), this.pause * (0.7 + 0.6 * Math.random()));
    this.pause = Math.min(LONGEST_PAUSE, this.pause * 2);
  }

  #retryNow() {
    if (this.socket.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.timer);
    this.#open();
  }

  /** Send a message; false when there is no connection now. */
  send(type, fields = {}) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ type, ...fields }));
    return true;
  }
}
