/** The expert's seat: rings, shows the story of the call, talks, takes a note. */

import { CallLink } from "../audio/call-link.js";
import { get } from "../lib/api.js";
import { callbackItem } from "../lib/callback-list.js";
import { $, facts, h, icon, notice } from "../lib/dom.js";
import { Meter } from "../lib/meter.js";
import { SeatLink } from "../lib/seat-link.js";
import { Bell, allowSound } from "../lib/tones.js";
import { Transcript } from "../lib/transcript.js";
import { number, pairs, plain, reason, span } from "../lib/words.js";

const CALLBACKS_EVERY = 30_000;

// What the chip and the empty space say in each state of the seat.
const STATES = {
  away: ["Away", "", "You are away. Choose “Available” to take calls."],
  available: ["Available", "good", "You are available. The next call that needs a person rings here."],
  ringing: ["Ringing", "accent", ""],
  talking: ["In a call", "plum", ""],
  wrap_up: ["Wrap-up", "warn", ""],
};

class Seat {
  constructor() {
    this.state = "away";
    this.transcript = new Transcript($("transcript"));
    this.bell = new Bell();
    this.meter = new Meter($("meter-in"));
    this.title = document.title;
    $("available").addEventListener("click", () => this.#choose("available"));
    $("away").addEventListener("click", () => this.#choose("away"));
    $("mute").addEventListener("click", () => this.#mute(!this.muted));
    this.wanted = sessionStorage.getItem("wanted") ?? undefined; // of this window, before a reload
    this.#skillsFrom(localStorage.getItem("skills"));
    $("skills").addEventListener("change", () => this.#skillsChosen());
    $("save").addEventListener("click", () => this.#saveNote());
    $("finish").addEventListener("click", () => this.#finish());
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("beforeunload", (event) => this.media && event.preventDefault());
    this.link = new SeatLink({
      onMessage: (message) => this.#told(message),
      onConnected: (connected) => this.#connected(connected),
      onSignedOut: () => location.assign("/sign-in?next=/seat"),
    });
    this.#show();
    this.#callbacks();
    setInterval(() => this.#callbacks(), CALLBACKS_EVERY);
  }

  // ── messages from the desk ──

  #told(message) {
    const handlers = {
      state: () => this.#enter(message.state),
      ringing: () => this.#ringing(message.dossier),
      stop_ringing: () => this.#stopRinging(message.reason),
      connect: () => this.#connect(message),
      dossier: () => this.#dossier(message.dossier),
      line: () => this.transcript.upsert(message.line ?? message),
      partial: () => this.transcript.partial(message),
      ended: () => this.#ended(message.reason),
      error: () => notice($("error"), message.message ?? message.error),
    };
    handlers[message.type]?.();
  }

  #connected(connected) {
    this.connected = connected;
    this.returning = connected;
    this.#show();
  }

  #enter(state) {
    if (!STATES[state]) return;
    this.state = state;
    // Whoever wanted calls before the connection was lost (or the page loaded again) still does.
    if (this.returning && state === "away" && this.wanted === "available") this.#available();
    this.returning = false;
    if (state !== "ringing") this.bell.stop();
    if (state === "available" || state === "away") this.#closeCall();
    if (state === "wrap_up") this.callId ??= sessionStorage.getItem("call"); // after a reload
    this.#show();
  }

  #ringing(dossier) {
    notice($("error"), "");
    this.missed = "";
    this.state = "ringing";
    this.transcript.clear();
    this.since = performance.now();
    this.#dossier(dossier);
    this.bell.start();
    this.#show();
  }

  #stopRinging(why) {
    this.bell.stop();
    if (this.state !== "ringing") return;
    this.state = this.wanted ?? "away";
    this.#closeCall();
    this.missed = why === "declined" ? "" : `The last call stopped ringing: ${why}.`;
    this.#show();
  }

  async #connect({ media_token: token, url }) {
    this.bell.stop();
    this.state = "talking";
    this.since = performance.now();
    this.#show();
    this.media = new CallLink({
      url: url ?? document.body.dataset.media,
      token,
      live: true,
      on: {
        level: (direction, level) => direction === "in" && this.meter.show(level),
        ended: () => this.#hangUpMedia(),
        failed: (message) => this.#mediaFailed(message),
      },
    });
    try {
      await this.media.open();
      this.#show();
    } catch (error) {
      this.#mediaFailed(error.message);
      this.link.send("end");
    }
  }

  #mediaFailed(message) {
    this.media = undefined;
    notice($("error"), message);
    this.#show();
  }

  #ended(why) {
    this.#hangUpMedia();
    this.state = "wrap_up";
    this.endedBecause = why;
    this.#show();
    $("note").focus();
  }

  #hangUpMedia() {
    const media = this.media;
    this.media = undefined;
    media?.hangUp();
    this.#mute(false);
    this.#show();
  }

  // ── what the expert does ──

  #choose(state) {
    allowSound();
    this.wanted = state;
    sessionStorage.setItem("wanted", state);
    $("sound").hidden = true;
    // In a conversation the wish is only noted: it comes true after the wrap-up.
    if (this.state === "wrap_up") this.#finish();
    else if (this.state !== "talking" && state === "available") this.#available();
    else if (this.state !== "talking") this.#say(state);
    this.#show();
  }

  #available() {
    this.#say("available", { skills: this.#skills() });
  }

  #skillBoxes() {
    return [...$("skills").querySelectorAll("input")];
  }

  #skills() {
    return this.#skillBoxes().filter((box) => box.checked).map((box) => box.value);
  }

  #skillsFrom(kept) {
    const chosen = new Set((kept ?? "").split(","));
    for (const box of this.#skillBoxes()) box.checked = chosen.has(box.value);
    this.#showSkills();
  }

  #skillsChosen() {
    localStorage.setItem("skills", this.#skills().join(","));
    this.#showSkills();
    if (this.state === "available") this.#available();
  }

  #showSkills() {
    const names = this.#skills().map(plain);
    const text = names.length > 3 ? `${names.length} topics` : names.join(", ");
    $("skills-text").textContent = names.length ? `Takes ${text}` : "Takes every call";
  }

  #say(type, fields) {
    if (!this.link.send(type, fields)) notice($("error"), "There is no connection to the desk. It is tried again by itself.");
  }

  #accept() {
    allowSound();
    this.bell.stop();
    this.#say("accept", { call_id: this.callId });
  }

  #decline() {
    this.bell.stop();
    this.#say("decline", { call_id: this.callId });
  }

  #end() {
    this.#say("end", { call_id: this.callId });
  }

  #saveNote() {
    const text = $("note").value.trim();
    if (!text) return true;
    if (!this.link.send("note", { call_id: this.callId, text })) {
      notice($("error"), "The note is not saved: there is no connection to the desk.");
      return false;
    }
    $("saved").textContent = "Saved";
    $("note").value = "";
    return true;
  }

  #finish() {
    if (!this.#saveNote()) return;
    this.#say(this.wanted === "away" ? "away" : "wrapped_up", { call_id: this.callId });
  }

  #mute(muted) {
    this.muted = muted;
    this.media?.setMuted(muted);
    $("mute").setAttribute("aria-pressed", String(muted));
    $("mute").replaceChildren(icon(muted ? "mic-off" : "mic"), h("span", {}, muted ? "Muted" : "Mute"), h("kbd", {}, "M"));
  }

  #key(event) {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "a" && this.state === "ringing") this.#accept();
    else if (key === "d" && this.state === "ringing") this.#decline();
    else if (key === "m" && this.media) this.#mute(!this.muted);
  }

  // ── what is shown ──

  #dossier(dossier) {
    this.callId = dossier.call_id;
    sessionStorage.setItem("call", this.callId); // notes go to the last call
    this.caller = number(dossier.caller);
    this.why = reason(dossier.reason);
    for (const line of dossier.lines ?? []) this.transcript.upsert(line);
    this.fresh = true;
    facts($("facts"), [
      ["Reason", this.why],
      ["Topic", plain(dossier.topic)],
      ["Task", plain(dossier.task)],
      ["Needs", plain(dossier.skill)],
      ["Last intent", plain(dossier.intent)],
    ]);
    $("proposed").hidden = !dossier.proposed;
    $("proposed-text").textContent = dossier.proposed ?? "";
    $("customer").hidden = !facts($("customer-facts"), pairs(dossier.customer));
    $("slots").hidden = !facts($("slot-facts"), pairs(dossier.slots));
  }

  #closeCall() {
    if (this.media) this.#hangUpMedia();
    this.callId = undefined;
    this.caller = undefined;
    this.why = undefined;
    this.transcript.clear();
    $("saved").textContent = "";
  }

  #show() {
    const { state, callId } = this;
    const busy = state === "talking" || state === "wrap_up";
    const [chip, kind, idle] = STATES[state];
    $("chip").textContent = this.connected ? chip : "No connection – trying again";
    $("chip").className = `chip ${this.connected ? kind : "bad"}`;
    const away = state === "away" || (busy && this.wanted === "away");
    $("available").setAttribute("aria-pressed", String(!away));
    $("away").setAttribute("aria-pressed", String(away));
    const known = Boolean(callId && this.caller);
    $("idle").hidden = known || !idle;
    $("idle-text").textContent = idle;
    $("missed").textContent = this.missed ?? "";
    $("call").hidden = !known;
    if (known && this.fresh) this.transcript.toEnd(); // only what is shown can be scrolled
    this.fresh = false;
    $("story").hidden = !known;
    $("wrap").hidden = !busy;
    $("finish").hidden = state !== "wrap_up";
    if (!known) {
      $("customer").hidden = true;
      $("slots").hidden = true;
    }
    $("mute").hidden = !this.media;
    $("meter-in").hidden = !this.media;
    this.#banner();
  }

  #banner() {
    const { state } = this;
    $("call").classList.toggle("ring", state === "ringing");
    $("bell").hidden = state !== "ringing";
    $("banner").className = `banner ${{ talking: "live", wrap_up: "after" }[state] ?? ""}`;
    $("caller").textContent = this.caller ?? "";
    $("why").textContent = this.why ?? "";
    document.title = state === "ringing" ? `(!) ${this.caller} – ${this.title}` : this.title;
    const buttons = { ringing: this.#ringButtons, talking: this.#talkButtons }[state];
    if (this.shownFor !== state) {
      $("actions").replaceChildren(...(buttons ? buttons.call(this) : []));
      this.shownFor = state;
      if (state === "ringing") $("actions").firstChild.focus({ preventScroll: true });
    }
    clearInterval(this.ticking);
    this.#tick();
    if (state === "ringing" || state === "talking") this.ticking = setInterval(() => this.#tick(), 1000);
  }

  #tick() {
    const time = span((performance.now() - (this.since ?? performance.now())) / 1000);
    const said = { ringing: "Incoming call", talking: `In conversation · ${time}`, wrap_up: `Call ended${this.endedBecause ? ` · ${plain(this.endedBecause).toLowerCase()}` : ""}` }[this.state] ?? "";
    if ($("title").textContent !== said) $("title").textContent = said;
  }

  #ringButtons() {
    return [
      h("button", { type: "button", class: "primary", onclick: () => this.#accept() }, icon("phone"), "Accept", h("kbd", {}, "A")),
      h("button", { type: "button", onclick: () => this.#decline() }, icon("x"), "Decline", h("kbd", {}, "D")),
    ];
  }

  #talkButtons() {
    return [h("button", { type: "button", class: "danger", onclick: () => this.#end() }, "End call")];
  }

  async #callbacks() {
    try {
      const { callbacks } = await get("/api/callbacks");
      const onDone = (_item, error) => notice($("error"), error?.message);
      $("callbacks").replaceChildren(...callbacks.slice(0, 20).map((entry) => callbackItem(entry, onDone)));
      $("no-callbacks").hidden = callbacks.length > 0;
      $("callback-count").textContent = callbacks.length;
    } catch (error) {
      notice($("error"), error.message);
    }
  }
}

new Seat();
