/** Who waits to be called back. */

import { get } from "../lib/api.js";
import { callbackItem } from "../lib/callback-list.js";
import { $, notice } from "../lib/dom.js";

function count(open) {
  $("count").textContent = open === 1 ? "One caller waits." : `${open} callers wait, longest first.`;
}

async function load() {
  try {
    const { callbacks } = await get("/api/callbacks");
    let open = callbacks.length;
    const onDone = (_item, error) => {
      notice($("error"), error?.message);
      if (!error) count((open -= 1));
    };
    $("callbacks").replaceChildren(...callbacks.map((entry) => callbackItem(entry, onDone)));
    $("none").hidden = open > 0;
    count(open);
  } catch (error) {
    notice($("error"), error.message);
  }
}

load();
