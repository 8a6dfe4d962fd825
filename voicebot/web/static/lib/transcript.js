/** The conversation as bubbles; a line with a known number replaces the one that is shown. */

import { h, icon } from "./dom.js";
import { PARTIES } from "./words.js";

const MASK = "•";

/** Part of a bot line that the caller cannot have heard is struck through. */
function saidParts(line) {
  const { text, heard } = line;
  if (heard === null || heard === undefined || heard === text) return [text];
  if (text.startsWith(heard)) {
    return [heard, h("span", { class: "unheard", title: "not heard: cut short" }, text.slice(heard.length))];
  }
  return [heard || text];
}

/** The words of a line as nodes: masked digits look like masked digits, keys like keys. */
export function saidNodes(line) {
  if (line.sensitive || line.text.includes(MASK)) {
    const what = line.kind === "keys" ? "Keyed in, kept secret" : "Kept secret";
    return [h("span", { class: "lock" }, icon("lock"), h("span", { class: "mask" }, line.text || "••••"), h("span", { class: "unseen" }, what))];
  }
  if (line.kind === "keys") return [h("kbd", {}, line.text), " keyed in"];
  if (line.kind === "silence") return [h("span", { class: "quiet" }, line.text || "said nothing")];
  return saidParts(line);
}

export class Transcript {
  /** `names`: how the parties are called here, for example { caller: "You" }. */
  constructor(list, names = {}) {
    this.list = list;
    this.names = { ...PARTIES, ...names };
    this.bubbles = new Map();
    this.partials = new Map(); // by party: what is being said just now, always at the end
  }

  clear() {
    this.list.replaceChildren();
    this.bubbles.clear();
    this.partials.clear();
  }

  get size() {
    return this.bubbles.size;
  }

  upsert(line) {
    const follows = this.#follows();
    const bubble = this.#build(line);
    const old = this.bubbles.get(line.number);
    if (old) old.replaceWith(bubble);
    else this.#insert(bubble, line.number);
    this.bubbles.set(line.number, bubble);
    if (follows) this.toEnd();
  }

  /** What `party` is saying: `stable` words stay, `tentative` ones may change; none: it is over. */
  partial({ party, stable, tentative }) {
    const follows = this.#follows();
    this.partials.get(party)?.remove();
    this.partials.delete(party);
    if (!stable && !tentative) return;
    const said = [stable, stable && tentative ? " " : "", h("span", { class: "unsure" }, tentative)];
    const bubble = h(
      "li",
      { class: `bubble ${party} partial`, "aria-hidden": "true" }, // read out when it is said
      h("div", { class: "meta" }, h("b", {}, this.names[party] ?? party)),
      h("div", { class: "said" }, ...said),
    );
    this.partials.set(party, bubble);
    this.list.append(bubble);
    if (follows) this.toEnd();
  }

  #follows() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 90;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  #insert(bubble, number) {
    const later = [...this.bubbles.keys()].filter((key) => key > number);
    const last = this.partials.values().next().value ?? null;
    const next = later.length ? this.bubbles.get(Math.min(...later)) : last;
    this.list.insertBefore(bubble, next);
  }

  #build(line) {
    const party = line.kind === "system" ? "system" : line.party;
    return h(
      "li",
      { class: `bubble ${party}` },
      h("div", { class: "meta" }, h("b", {}, this.names[party] ?? party)),
      h("div", { class: "said" }, ...saidNodes(line)),
    );
  }
}
