/** The phone page: one button to call, the conversation beside it. */

import { CallLink } from "../audio/call-link.js";
import { post } from "../lib/api.js";
import { $, h, icon, notice } from "../lib/dom.js";
import { Meter, loudness } from "../lib/meter.js";
import { keyTone } from "../lib/tones.js";
import { Transcript } from "../lib/transcript.js";
import { span } from "../lib/words.js";

const LETTERS = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ", 0: "+" };

// What the caller reads for each state of the agent: [sentence, chip, kind of chip].
const STATES = {
  greeting: ["Hello!", "Bot speaks", "accent"],
  listening: ["Listening …", "Listening", "good"],
  caller_speaking: ["You are speaking", "Listening", "good"],
  deciding: ["Listening …", "Listening", "good"],
  thinking: ["One moment …", "Thinking", "accent"],
  speaking: ["The assistant speaks", "Bot speaks", "accent"],
  overlap: ["You are speaking", "Listening", "good"],
  transferring: ["Finding somebody for you …", "Transferring", "plum"],
  with_expert: ["You are with an expert", "With expert", "plum"],
  fax: ["A fax is coming in", "Fax", "accent"],
  closing: ["Goodbye", "Ending", ""],
};

class Phone {
  constructor() {
    this.transcript = new Transcript($("transcript"), { caller: "You", bot: "Assistant" });
    this.meterIn = new Meter($("meter-in"));
    this.meterOut = new Meter($("meter-out"));
    this.keys = new Map();
    this.#buildKeys();
    this.meterIn.rest();
    this.meterOut.rest();
    $("call").addEventListener("click", () => (this.link ? this.link.hangUp() : this.call()));
    $("mute").addEventListener("click", () => this.#mute(!this.muted));
    $("pad").addEventListener("click", () => {
      const shown = $("keys").classList.toggle("shown"); // only narrow screens hide it
      $("pad").setAttribute("aria-expanded", String(shown));
    });
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("pagehide", () => this.link?.hangUp());
    this.#idle("Ready when you are", "Press the button and talk");
  }

  #buildKeys() {
    for (const digit of "123456789*0#") {
      const small = h("small", { "aria-hidden": "true" }, LETTERS[digit] ?? "");
      const press = () => this.#press(digit);
      const button = h("button", { type: "button", disabled: true, onclick: press }, digit, small);
      this.keys.set(digit, button);
      $("keys").append(button);
    }
  }

  async call() {
    notice($("error"), "");
    this.transcript.clear();
    $("hint").hidden = true;
    $("transcript").hidden = false;
    this.#show("Connecting …", "Allow the microphone if you are asked", "Connecting", "accent");
    $("call").classList.add("connecting");
    $("call").disabled = true;
    try {
      const { url, token } = await post("/api/web-call");
      this.link = new CallLink({ url, token, on: this.#handlers() });
      await this.link.open();
      $("call").disabled = false;
    } catch (error) {
      this.#failed(error.message);
    }
  }

  #handlers() {
    return {
      started: () => this.#started(),
      line: (line) => this.transcript.upsert(line),
      partial: (words) => this.transcript.partial(words),
      state: (name) => this.#state(name),
      level: (direction, value) => this.#level(direction, value),
      ended: (reason) => this.#ended(reason),
      failed: (message) => this.#failed(message),
    };
  }

  #started() {
    this.since = performance.now();
    this.ticking = setInterval(() => this.#tick(), 500);
    $("call").classList.remove("connecting");
    $("call").classList.add("live");
    $("call").setAttribute("aria-label", "Hang up");
    $("mute").disabled = false;
    for (const button of this.keys.values()) button.disabled = false;
    this.#state("greeting");
    this.#tick();
  }

  #state(name) {
    const [sentence, chip, kind] = STATES[name] ?? [];
    if (!sentence) return;
    $("state").textContent = sentence;
    $("chip").textContent = chip;
    $("chip").className = `chip ${kind}`;
    const expert = name === "with_expert";
    $("far").textContent = expert ? "Expert" : "Bot";
    $("meter-out").classList.toggle("expert", expert);
    this.link?.setLive(expert);
  }

  #tick() {
    $("detail").textContent = span((performance.now() - this.since) / 1000);
  }

  #level(direction, value) {
    (direction === "in" ? this.meterIn : this.meterOut).show(value);
    if (direction === "in") $("call").style.setProperty("--level", loudness(value).toFixed(2));
  }

  #press(digit) {
    if (!this.link?.started) return;
    keyTone(digit);
    this.link.press(digit);
    const button = this.keys.get(digit);
    button.classList.add("down");
    setTimeout(() => button.classList.remove("down"), 140);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (this.keys.has(event.key)) this.#press(event.key);
    else if (event.key.toLowerCase() === "m" && this.link?.started) this.#mute(!this.muted);
  }

  #mute(muted) {
    this.muted = muted;
    this.link?.setMuted(muted);
    $("mute").setAttribute("aria-pressed", String(muted));
    $("mute").replaceChildren(
      icon(muted ? "mic-off" : "mic"),
      h("span", {}, muted ? "Muted" : "Mute"),
      h("kbd", {}, "M"),
    );
  }

  #ended(reason) {
    const length = this.since ? `It took ${span((performance.now() - this.since) / 1000)}` : reason;
    this.#idle("The call has ended", length);
  }

  #failed(message) {
    this.#idle("No call", "Press the button to try again");
    notice($("error"), message);
  }

  #show(sentence, detail, chip, kind = "") {
    $("state").textContent = sentence;
    $("detail").textContent = detail;
    $("chip").textContent = chip;
    $("chip").className = `chip ${kind}`;
  }

  #idle(sentence, detail) {
    clearInterval(this.ticking);
    this.link = undefined;
    this.since = undefined;
    this.#mute(false);
    $("mute").disabled = true;
    for (const button of this.keys.values()) button.disabled = true;
    $("call").disabled = false;
    $("call").classList.remove("live", "connecting");
    $("call").setAttribute("aria-label", "Call");
    $("call").style.setProperty("--level", 0);
    $("hint").hidden = this.transcript.size > 0;
    $("transcript").hidden = this.transcript.size === 0;
    this.meterIn.rest();
    this.meterOut.rest();
    this.#show(sentence, detail, "Not connected");
  }
}

new Phone();
