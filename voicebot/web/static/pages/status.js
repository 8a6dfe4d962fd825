/** How the agent is doing; asks again every three seconds while somebody looks. */

import { get } from "../lib/api.js";
import { $, chip, h, notice } from "../lib/dom.js";
import { ago, clock, network, number, plain, reason, span } from "../lib/words.js";

const EVERY = 3000;

const PART = { ready: "good", starting: "warn", restarting: "warn", failed: "bad", stopped: "", lost: "warn" };
const LOAD = { normal: "Normal", no_partials: "Busy", no_speculation: "Very busy", full: "Takes no calls" };
const SEAT = { available: "good", ringing: "accent", talking: "plum", wrap_up: "warn", away: "" };

function figure(value, label) {
  return h("div", { class: "card figure" }, h("strong", {}, String(value)), h("span", {}, label));
}

function fill(list, empty, items) {
  $(list).replaceChildren(...items);
  $(empty).hidden = items.length > 0;
}

function show(status) {
  const down = status.parts.filter((part) => part.state !== "ready");
  $("overall").textContent = down.length ? `${down.map((part) => part.name).join(", ")} not ready` : status.busy || "All is well";
  const bad = down.some((part) => part.state !== "lost"); // a lost mailbox stops no call
  $("overall").className = `chip ${bad ? "bad" : down.length ? "warn" : status.busy ? "warn" : "good"}`;
  $("fresh").textContent = `As of ${clock(status.now)}, updated every few seconds`;
  const today = Object.values(status.outcomes).reduce((sum, count) => sum + count, 0);
  const solved = today ? `${Math.round((100 * (status.outcomes.contained ?? 0)) / today)} %` : "–";
  $("figures").replaceChildren(
    figure(`${status.calls.length} / ${status.limit}`, "calls now"),
    figure(status.queue.length, "waiting for a person"),
    figure(status.seats.filter((seat) => seat.state === "available").length, "seats available"),
    figure(today, "calls ended today"),
    figure(solved, "solved by the bot today"),
    figure(LOAD[status.load.name] ?? plain(status.load.name), `load: ${status.load.cpu_percent} % of the processors`),
  );
  fill("parts", "none-parts", status.parts.map(partRow));
  fill("calls", "no-calls", status.calls.map(callRow));
  fill("seats", "no-seats", status.seats.map(seatItem));
  fill("queue", "no-queue", status.queue.map(queueItem));
  $("calls-table").hidden = status.calls.length === 0;
}

function partRow(part) {
  const name = h("td", {}, h("strong", {}, part.name), part.detail ? h("div", { class: "faint" }, part.detail) : null);
  const restarts = h("td", { class: "right number" }, String(part.restarts));
  return h("tr", {}, name, h("td", {}, chip(plain(part.state), PART[part.state])), h("td", { class: "quiet" }, part.since ? ago(part.since) : ""), restarts);
}

function callRow(call) {
  const state = call.expert ? `With ${call.expert}` : plain(call.state);
  return h(
    "tr",
    {},
    h("td", { class: "number" }, number(call.caller)),
    h("td", { class: "quiet" }, network(call.network)),
    h("td", {}, chip(state, call.expert ? "plum" : "accent")),
    h("td", { class: "number right" }, span(call.seconds)),
  );
}

const seatItem = (seat) => h("li", {}, h("span", { class: "grow" }, seat.name), chip(plain(seat.state), SEAT[seat.state]));

const queueItem = (call) =>
  h("li", {}, h("div", { class: "grow" }, h("strong", { class: "number" }, number(call.caller)), h("div", { class: "faint" }, reason(call.reason))), h("span", { class: "number quiet" }, span(call.seconds)));

async function refresh() {
  try {
    if (!document.hidden) {
      show(await get("/api/status"));
      notice($("error"), "");
    }
  } catch (error) {
    $("overall").className = "chip bad";
    $("overall").textContent = "No answer";
    notice($("error"), error.message);
  }
  setTimeout(refresh, EVERY);
}

document.addEventListener("visibilitychange", () => document.hidden || get("/api/status").then(show, () => {}));
refresh();
