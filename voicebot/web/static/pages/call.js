/** One call: recording, transcript with the time of every stage, and what else is kept of it. */

import { get } from "../lib/api.js";
import { $, chip, facts, h, notice } from "../lib/dom.js";
import { Player } from "../lib/player.js";
import { saidNodes } from "../lib/transcript.js";
import { OUTCOMES, PARTIES, clock, fullDate, network, number, pairs, plain, reason, span } from "../lib/words.js";

// What lies between the caller's last sound and the first sound of the answer.
const STAGES = [
  ["decided", "waited for more"],
  ["transcribed", "recognition"],
  ["replied", "dialogue"],
  ["first_audio", "voice"],
];

class CallPage {
  constructor(call) {
    this.call = { ...call, turns: withAnswers(call.turns) };
    this.items = [];
    this.#head();
    this.#legend();
    this.#turns();
    this.#aside();
    this.#recording();
  }

  #head() {
    const { call } = this;
    $("caller").textContent = number(call.caller);
    document.title = `${number(call.caller)} – ${document.title}`;
    $("when").textContent = fullDate(call.started_at);
    $("outcome").append(chip(...(OUTCOMES[call.outcome] ?? [call.outcome])));
    facts($("facts"), [
      ["Network", network(call.network)],
      ["Called", call.callee && number(call.callee)],
      ["Length", call.seconds === null ? "still running" : span(call.seconds)],
      ["Reason", reason(call.reason)],
      ["Answer time", this.#median()],
      ["Call id", h("span", { class: "mono" }, call.id)],
    ]);
  }

  #median() {
    const times = this.call.turns.map((turn) => total(stages(turn))).filter((time) => time > 0).sort((a, b) => a - b);
    return times.length ? `${times[Math.floor(times.length / 2)].toFixed(2)} s (median)` : "";
  }

  #legend() {
    $("legend").replaceChildren(
      ...STAGES.map(([, label], index) => h("span", {}, h("i", { class: `stage-${index}` }), label)),
    );
  }

  #turns() {
    const longest = Math.max(0.5, ...this.call.turns.map((turn) => total(stages(turn))));
    this.items = this.call.turns.map((turn) => ({ turn, item: this.#turn(turn, longest) }));
    $("turns").append(...this.items.map(({ item }) => item));
    $("no-turns").hidden = this.items.length > 0;
  }

  #turn(turn, longest) {
    const party = turn.kind === "system" ? "system" : turn.party;
    const at = starts(turn);
    const go = () => at !== undefined && this.player?.seek(at);
    const time = at === undefined ? "" : span(Math.floor(at));
    const jump = h("button", { type: "button", class: "at", "aria-label": `Play from ${time}` }, time);
    return h(
      "li",
      { class: "turn", onclick: go },
      jump,
      h("span", { class: `by ${party}` }, PARTIES[party] || plain(party)),
      h("span", { class: "text" }, ...saidNodes(turn)),
      extra(turn, longest),
    );
  }

  #aside() {
    const { call } = this;
    list("transfers", "transfer-list", call.transfers, transferItem);
    list("incidents", "incident-list", call.incidents, (incident) => entry(span(incident.after), incident.what));
    list("notes", "note-list", call.notes, (note) => entry(clock(note.at), note.text));
    const { customer, ...found } = call.slots;
    const known = customer && typeof customer === "object" ? pairs(customer) : pairs({ customer });
    $("slots").hidden = !facts($("slot-facts"), [...known, ...pairs(found)]);
  }

  #recording() {
    $("no-recording").hidden = this.call.has_recording;
    if (!this.call.has_recording) return;
    const spans = this.call.turns
      .filter((turn) => starts(turn) !== undefined && ends(turn) > starts(turn))
      .map((turn) => ({ from: starts(turn), to: ends(turn), party: turn.party }));
    this.player = new Player(`/calls/${encodeURIComponent(this.call.id)}/recording`, {
      spans,
      onTime: (now) => this.#follow(now),
    });
  }

  #follow(now) {
    const begun = this.items.filter(({ turn }) => starts(turn) !== undefined && starts(turn) <= now + 0.05);
    const current = now > 0 ? begun.at(-1)?.item : undefined;
    if (current === this.current) return;
    this.current?.classList.remove("now");
    current?.classList.add("now");
    this.current = current;
  }
}

const starts = ({ party, times }) => (party === "bot" ? (times.first_audio ?? times.started) : (times.started ?? times.decided));
const ends = ({ times }) => times.finished ?? times.paused ?? times.decided;

/** Every caller's turn gets the moment when the answer to it began to sound. */
function withAnswers(turns) {
  return turns.map((turn, index) => {
    if (turn.party !== "caller" || turn.times.first_audio !== undefined) return turn;
    const next = turns.slice(index + 1).find(({ kind }) => kind !== "system");
    const answered = next?.party === "bot" ? next.times.first_audio : undefined;
    return { ...turn, times: { ...turn.times, first_audio: answered } };
  });
}

/** Seconds by stage, [] where the turn has none; stages may overlap, each counts what it adds. */
function stages({ times }) {
  if ([times.paused, times.replied, times.first_audio].includes(undefined)) return [];
  let reached = times.paused;
  return STAGES.map(([name]) => {
    const before = reached;
    reached = Math.max(reached, times[name] ?? reached);
    return reached - before;
  });
}

const total = (parts) => parts.reduce((sum, part) => sum + part, 0);

function extra(turn, longest) {
  const bits = [];
  const parts = stages(turn);
  if (total(parts) > 0) {
    const said = parts.map((seconds, index) => `${STAGES[index][1]} ${Math.round(1000 * seconds)} ms`).join(", ");
    const bar = h("span", { class: "stages", role: "img", "aria-label": said, title: said });
    parts.forEach((seconds, index) => {
      const piece = h("i", { class: `stage-${index}` });
      piece.style.width = `${(100 * seconds) / longest}%`;
      if (seconds > 0) bar.append(piece);
    });
    bits.push(bar, h("span", { class: "number" }, `${total(parts).toFixed(2)} s`));
  }
  if (turn.intent) bits.push(h("span", {}, plain(turn.intent), percent(turn.intent_confidence)));
  if (turn.party === "caller" && turn.confidence !== null) bits.push(h("span", {}, "heard", percent(turn.confidence)));
  return h("span", { class: "extra", hidden: bits.length === 0 }, ...bits);
}

const percent = (share) => (share === null || share === undefined ? "" : ` ${Math.round(100 * share)} %`);

const entry = (at, ...what) => h("li", {}, h("span", { class: "at" }, at), h("div", {}, ...what));

function transferItem(transfer) {
  const results = { answered: "answered", no_seat: "nobody was free", withdrawn: "withdrawn", ringing: "rings" };
  const who = transfer.expert ? `${transfer.expert} answered after ${span(transfer.answered_after - transfer.after)}` : plain(results[transfer.result] ?? transfer.result);
  const about = [reason(transfer.reason), transfer.topic && plain(transfer.topic)].filter(Boolean).join(" · ");
  return entry(span(transfer.after), h("strong", {}, who), h("div", { class: "faint" }, about));
}

function list(card, target, entries, item) {
  $(card).hidden = entries.length === 0;
  $(target).replaceChildren(...entries.map(item));
}

try {
  new CallPage(await get(`/api/calls/${encodeURIComponent($("page").dataset.call)}`));
} catch (error) {
  notice($("error"), error.message);
}
