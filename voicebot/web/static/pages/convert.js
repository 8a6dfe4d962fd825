/** The page to drop a file on, and to hear or read what becomes of it. */

import { get } from "../lib/api.js";
import { ConversionItem, FORMATS, KINDS, follow, isOver, submit } from "../lib/conversions.js";
import { $, h, notice } from "../lib/dom.js";

const USUAL = { voice: "text", text: "voice", email: "voice", fax: "text", sms: "voice" };
const ENDINGS = [
  [/\.(wav|mp3|og[ga]|opus|flac|m4a|aac|amr|au|ulaw|mp4|mov|webm|mkv)$/i, "voice"],
  [/\.(eml)$/i, "email"],
  [/\.(tiff?|pdf|png|jpe?g)$/i, "fax"],
  [/\.sms(\.json)?$/i, "sms"],
];

class ConvertPage {
  constructor(targets) {
    this.targets = targets;
    this.items = new Map();
    this.target = "";
    $("file").addEventListener("change", () => this.#choose($("file").files[0]));
    $("text").addEventListener("input", () => this.#refresh());
    $("format").addEventListener("change", () => this.#refresh());
    $("form").addEventListener("submit", (event) => this.#submit(event));
    for (const name of ["dragover", "dragleave", "drop"]) $("drop").addEventListener(name, (event) => this.#dragged(event));
    this.#choose($("file").files[0]); // it may have been chosen before this page was ready
  }

  async load() {
    const { conversions } = await get("/v1/conversions?limit=20");
    for (const job of conversions.reverse()) this.#show(job);
  }

  get #source() {
    if (!this.file) return "text";
    return ENDINGS.find(([ending]) => ending.test(this.file.name))?.[1] ?? "text";
  }

  #dragged(event) {
    event.preventDefault();
    $("drop").classList.toggle("over", event.type === "dragover");
    if (event.type === "drop" && event.dataTransfer.files.length) this.#choose(event.dataTransfer.files[0]);
  }

  #choose(file) {
    this.file = file;
    this.target = "";
    $("chosen").textContent = file ? file.name : "Drop a file here, or choose one";
    this.#refresh();
  }

  /** What can be chosen follows from what is to be converted. */
  #refresh() {
    const { files, deliveries } = this.targets;
    const source = this.#source;
    const possible = Object.keys(KINDS).filter((kind) => files[source].includes(kind) || deliveries[source].includes(kind));
    if (!possible.includes(this.target)) this.target = possible.includes(USUAL[source]) ? USUAL[source] : (possible[0] ?? "");
    $("to").replaceChildren(...possible.map((kind) => this.#choice(kind)));
    this.#formats();
    const canSend = deliveries[source].includes(this.target);
    $("recipient-field").hidden = !["email", "fax", "sms"].includes(this.target);
    $("deliver-row").hidden = !canSend;
    if (!canSend) $("deliver").checked = false;
    $("text").disabled = Boolean(this.file);
    $("go").disabled = !this.target || !(this.file || $("text").value.trim());
  }

  #choice(kind) {
    const pressed = String(kind === this.target);
    const choose = () => { this.target = kind; this.#refresh(); $("to").querySelector("[aria-checked=true]")?.focus(); };
    return h("button", { type: "button", role: "radio", "aria-checked": pressed, "aria-pressed": pressed, onclick: choose }, KINDS[kind]);
  }

  #formats() {
    const formats = FORMATS[this.target] ?? [];
    const before = $("format").value;
    $("format-field").hidden = formats.length === 0;
    $("format").replaceChildren(...formats.map(([type, label]) => h("option", { value: type }, label)));
    if (formats.some(([type]) => type === before)) $("format").value = before;
  }

  async #submit(event) {
    event.preventDefault();
    notice($("error"), "");
    $("go").disabled = true;
    const fields = { to: this.target };
    if ($("format").value && !$("format-field").hidden) fields.media_type = $("format").value;
    if ($("recipient").value.trim() && !$("recipient-field").hidden) fields.recipient = $("recipient").value.trim();
    if ($("deliver").checked) fields.deliver = "true";
    if (!this.file) fields.text = $("text").value;
    try {
      const label = $("go").lastElementChild;
      const job = await submit(fields, this.file, (done) => { label.textContent = `Sending ${Math.round(done * 100)} %`; });
      this.#show(job);
      $("file").value = "";
      this.#choose(undefined);
    } catch (error) {
      notice($("error"), error.message);
    } finally {
      $("go").lastElementChild.textContent = "Convert";
      this.#refresh();
    }
  }

  #show(job) {
    if (this.items.has(job.id)) return;
    const item = new ConversionItem(job, (id) => this.#cancel(id));
    this.items.set(job.id, item);
    $("jobs").prepend(item.element);
    $("none").hidden = true;
    if (!isOver(job)) follow(job.id, (news) => item.update(news));
  }

  async #cancel(id) {
    const answer = await fetch(`/v1/conversions/${encodeURIComponent(id)}`, { method: "DELETE", headers: { accept: "application/json" } });
    if (answer.ok) this.items.get(id).update(await answer.json());
    else notice($("error"), "It could not be called off.");
  }
}

try {
  await new ConvertPage(await get("/v1/targets")).load();
} catch (error) {
  notice($("error"), error.message);
}
