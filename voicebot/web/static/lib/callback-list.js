/** Open call-backs with a button that ticks them off. */

import { post } from "./api.js";
import { h, icon } from "./dom.js";
import { ago, number, plain, reason } from "./words.js";

/** A list item for `entry`; `onDone(item, error)` is called after the button was pressed. */
export function callbackItem(entry, onDone) {
  const about = [entry.topic && plain(entry.topic), reason(entry.reason)].filter(Boolean).join(" · ");
  const item = h(
    "li",
    {},
    h(
      "div",
      { class: "grow" },
      h("div", { class: "row" }, h("strong", { class: "number" }, number(entry.number)), h("span", { class: "faint" }, ago(entry.created_at))),
      h("div", { class: "faint" }, about, " ", h("a", { href: `/calls/${encodeURIComponent(entry.call_id)}` }, "call")),
    ),
  );
  const button = h("button", { type: "button", class: "small" }, icon("check"), "Done");
  button.setAttribute("aria-label", `Call-back to ${number(entry.number)} is done`);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await post(`/api/callbacks/${encodeURIComponent(entry.id)}/done`);
      item.classList.add("done");
      onDone(item);
    } catch (error) {
      button.disabled = error.status === 409;
      onDone(item, error);
    }
  });
  item.append(button);
  return item;
}
