/** The list of calls: filters in the address, pages of older and newer calls. */

import { get } from "../lib/api.js";
import { $, chip, h, icon, notice } from "../lib/dom.js";
import { OUTCOMES, network, number, reason, span, when } from "../lib/words.js";

const FILTERS = ["number", "text", "outcome"];
const TYPING = 250; // ms

class Calls {
  constructor() {
    this.trail = [""]; // the `before` of every page up to this one
    this.asked = 0;
    const query = new URLSearchParams(location.search);
    for (const name of FILTERS) $(name).value = query.get(name) ?? "";
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("filters").addEventListener("input", () => this.#filtered(TYPING));
    $("filters").addEventListener("reset", () => this.#filtered(0));
    $("newer").addEventListener("click", () => this.#turn(() => this.trail.pop()));
    $("older").addEventListener("click", () => this.#turn(() => this.trail.push(this.last)));
    this.load();
  }

  #filtered(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.trail = [""];
      this.load();
    }, delay);
  }

  #turn(change) {
    change();
    this.load();
    scrollTo({ top: 0 });
  }

  #query() {
    const query = new URLSearchParams();
    for (const name of FILTERS) if ($(name).value.trim()) query.set(name, $(name).value.trim());
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    if (this.trail.at(-1)) query.set("before", this.trail.at(-1));
    return query;
  }

  async load() {
    const mine = (this.asked += 1);
    try {
      const page = await get(`/api/calls?${this.#query()}`);
      if (mine === this.asked) this.#show(page); // a slow answer must not replace a newer one
    } catch (error) {
      if (mine === this.asked) notice($("error"), error.message);
    }
  }

  #show({ calls, more }) {
    notice($("error"), "");
    this.last = calls.at(-1)?.id;
    $("rows").replaceChildren(...calls.map(row));
    $("none").hidden = calls.length > 0;
    $("newer").disabled = this.trail.length === 1;
    $("older").disabled = !more;
    $("where").textContent = calls.length ? `Page ${this.trail.length}` : "";
    const filtered = FILTERS.some((name) => $(name).value.trim());
    const many = `${calls.length}${more ? " or more" : ""}`;
    $("count").textContent = filtered ? `${many} calls fit` : "Newest first";
  }
}

function row(call) {
  const [outcome, kind] = OUTCOMES[call.outcome] ?? [call.outcome, ""];
  const path = `/calls/${encodeURIComponent(call.id)}`;
  return h(
    "tr",
    { class: "link", onclick: (event) => event.target.closest("a") || location.assign(path) },
    h("td", {}, h("a", { class: "cover number", href: path }, number(call.caller)), h("div", { class: "faint" }, network(call.network))),
    h("td", { class: "number" }, when(call.started_at)),
    h("td", { class: "number right hide-narrow" }, call.seconds === null ? "…" : span(call.seconds)),
    h("td", {}, chip(outcome, kind)),
    h("td", { class: "hide-narrow quiet" }, reason(call.reason)),
    h("td", { class: "hide-narrow right" }, marks(call)),
  );
}

function marks(call) {
  const box = h("span", { class: "marks" });
  if (call.incidents) box.append(h("span", { class: "warn", title: `${call.incidents} incidents` }, icon("alert")));
  if (call.has_recording) box.append(h("span", { title: "There is a recording" }, icon("play")));
  return box;
}

new Calls();
