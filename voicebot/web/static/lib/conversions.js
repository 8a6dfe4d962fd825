/** Conversions: submitting with progress, following by server-sent events, and how one is shown. */

import { ApiError } from "./api.js";
import { chip, h, icon } from "./dom.js";

export const KINDS = { voice: "Voice", text: "Text", email: "E-mail", fax: "Fax pages", sms: "SMS" };

/** What each kind can be made as: [media type, label]; the first one is the usual. */
export const FORMATS = {
  voice: [["audio/ogg", "Ogg Opus"], ["audio/mpeg", "MP3"], ["audio/wav", "WAV"], ["audio/flac", "FLAC"]],
  text: [["text/plain", "plain text"], ["application/x-subrip", "subtitles (SRT)"], ["text/vtt", "subtitles (WebVTT)"], ["application/json", "JSON with times"]],
  fax: [["image/tiff", "TIFF"], ["application/pdf", "PDF"]],
  email: [],
  sms: [],
};

const STATES = {
  accepted: ["Waiting", ""],
  running: ["At work", "warn"],
  done: ["Done", "good"],
  failed: ["Failed", "bad"],
  cancelled: ["Called off", ""],
  uncertain: ["Uncertain", "bad"],
};
const LONGEST_SHOWN = 20000; // characters of a text result

export const isOver = (job) => !["accepted", "running"].includes(job.state);

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send `fields` (and a file) in; resolves to the conversion. `onProgress` gets 0 to 1. */
export function submit(fields, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch has no upload progress
    request.open("POST", "/v1/conversions");
    request.setRequestHeader("accept", "application/json");
    request.setRequestHeader("idempotency-key", randomKey());
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new ApiError("The upload broke off. Is the network there?", 0));
    request.onload = () => {
      if (request.status === 202) resolve(request.response);
      else reject(new ApiError(request.response?.error ?? `The server answered ${request.status}.`, request.status));
    };
    if (file) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.set("file", file);
      request.send(form);
    } else {
      const { text, to, deliver, ...wishes } = fields;
      request.setRequestHeader("content-type", "application/json");
      request.send(JSON.stringify({ text, to, deliver: deliver === "true", wishes }));
    }
  });
}

/** Call `onNews` with the conversion whenever something happens to it, until it is over. */
export function follow(id, onNews) {
  const source = new EventSource(`/v1/conversions/${encodeURIComponent(id)}/events`);
  const take = (event) => {
    const { conversion } = JSON.parse(event.data);
    onNews(conversion);
    if (isOver(conversion)) source.close(); // else the browser would ask again for ever
  };
  for (const what of ["accepted", "began", "progress", "finished", "sending", "sent", "unsent", "later", "wished", ...Object.keys(STATES).slice(2)])
    source.addEventListener(what, take);
  return source;
}

/** One conversion in the list: made once, then `update`d. */
export class ConversionItem {
  constructor(job, onCancel) {
    this.bar = h("progress", { max: "1", "aria-label": "Progress" });
    this.state = h("span", { role: "status" });
    this.detail = h("p", { class: "faint" });
    this.result = h("div", { class: "result" });
    this.cancel = h("button", { class: "plain small", type: "button", onclick: () => onCancel(job.id) }, "Call off");
    this.element = h(
      "li",
      { "data-id": job.id },
      h("div", { class: "grow stack" }, h("div", { class: "row" }, h("strong", { class: "grow" }, title(job)), this.state, this.cancel), this.bar, this.detail, this.result),
    );
    this.update(job);
  }

  update(job) {
    if (this.over && !isOver(job)) return; // an answer that was overtaken by an event
    this.over = isOver(job);
    const [label, kind] = STATES[job.state] ?? [job.state, ""];
    this.state.replaceChildren(chip(label, kind));
    this.bar.value = job.progress;
    this.bar.hidden = this.cancel.hidden = isOver(job);
    this.detail.textContent = detail(job);
    if (job.result && !this.result.hasChildNodes()) this.result.append(...shown(job.result));
  }
}

function title(job) {
  const name = job.name || KINDS[job.source];
  return `${name} → ${KINDS[job.to]}${job.deliver ? ", sent" : ""}`;
}

function detail(job) {
  if (job.reason) return job.next_try ? `${job.reason}; next try ${new Date(job.next_try).toLocaleTimeString()}` : job.reason;
  if (job.step === null) return job.steps.map((step) => step.name).join(" → ");
  return `${job.steps[job.step].name}, step ${job.step + 1} of ${job.steps.length}, ${Math.round(job.progress * 100)} %`;
}

function shown(result) {
  const link = h("a", { class: "button small", href: result.url, download: result.name }, icon("download"), result.name);
  if (result.media_type.startsWith("audio/")) return [h("audio", { controls: true, preload: "none", src: result.url }), link];
  if (!result.media_type.startsWith("text/")) return [link];
  const text = h("pre", { class: "read", tabindex: "0" }, "…");
  fetch(result.url)
    .then((answer) => answer.text())
    .then((content) => { text.textContent = content.length > LONGEST_SHOWN ? `${content.slice(0, LONGEST_SHOWN)} …` : content; })
    .catch(() => { text.textContent = "The result cannot be read now; download it instead."; });
  return [text, link];
}
