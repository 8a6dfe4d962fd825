/** How times, numbers and states are put into words. */

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" });

/** Seconds as m:ss or h:mm:ss. */
export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds ?? 0));
  const pad = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

export function when(iso) {
  const date = new Date(iso);
  const today = new Date();
  const days = Math.round(
    (new Date(today.toDateString()) - new Date(date.toDateString())) / 86_400_000,
  );
  const day = days === 0 ? "Today" : days === 1 ? "Yesterday" : DAY.format(date);
  return `${day}, ${CLOCK.format(date)}`;
}

export const clock = (iso) => CLOCK.format(new Date(iso));
export const fullDate = (iso) => FULL.format(new Date(iso));

export function ago(iso) {
  const seconds = Math.max(0, (Date.now() - new Date(iso)) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A name from the machine as people read it: "card_type" gives "Card type". */
export function plain(name) {
  const text = String(name ?? "").replaceAll("_", " ").trim();
  return text ? text[0].toUpperCase() + text.slice(1) : "";
}

const MONEY = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** An account or a card of a customer: "Checking ··4445 $1,234.50". */
function holding({ kind, last4, number_last4: account, balance }) {
  const ending = last4 ?? account;
  return [plain(kind), ending && `··${ending}`, balance !== undefined && MONEY.format(balance)].filter(Boolean).join(" ");
}

const LABELS = { customer_id: "Customer number", verified: "Identified" };

/** The entries of a record that say something, as [label, text] pairs. */
export function pairs(record) {
  return Object.entries(record ?? {})
    .filter(([, content]) => content !== null && content !== "")
    .map(([name, content]) => [
      LABELS[name] ?? plain(name),
      name === "phone" ? number(String(content)) : value(content),
    ]);
}

export function value(content) {
  if (content === true) return "Yes";
  if (content === false) return "No";
  if (Array.isArray(content)) {
    return content.map(value).join(content.some((item) => item?.kind) ? "\n" : ", ");
  }
  if (content?.kind) return holding(content);
  if (content && typeof content === "object") {
    return Object.entries(content).map(([key, item]) => `${plain(key)}: ${value(item)}`).join(", ");
  }
  return String(content ?? "");
}

// Country codes of one and two digits (ITU-T E.164, list of assigned codes); the rest have three.
const ONE = /^(1|7)/;
const TWO = /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** A number in groups: "+31612345678" gives "+31 612 345 678". */
export function number(text) {
  if (!text) return "Unknown caller";
  if (!/^\+\d{8,15}$/.test(text)) return text;
  const digits = text.slice(1);
  const code = digits.slice(0, ONE.test(digits) ? 1 : TWO.test(digits) ? 2 : 3);
  const rest = digits.slice(code.length);
  const [first, last] = [[0, 3], [0, 4], [2, 3]][rest.length % 3]; // nobody reads a lone digit
  const middle = rest.slice(first, rest.length - last).match(/\d{3}/g) ?? [];
  const groups = [rest.slice(0, first), ...middle, rest.slice(rest.length - last)].filter(Boolean);
  return `+${code} ${groups.join(" ")}`;
}

const NETWORKS = { twilio: "Twilio", browser: "Web phone", audiosocket: "AudioSocket" };
export const network = (name) => NETWORKS[name] ?? plain(name);

export const OUTCOMES = {
  contained: ["Solved by the bot", "good"],
  expert: ["With an expert", "plum"],
  callback: ["Call-back", "warn"],
  fax: ["Fax", "good"],
  abandoned: ["Hung up", ""],
  failed: ["Failed", "bad"],
  running: ["Running", "accent"],
};

export const REASONS = {
  asked: "The caller asked for a person",
  not_understood: "The bot did not understand",
  failed_action: "Something failed behind the bot",
  failed_dialogue: "The dialogue failed",
  topic: "The topic needs a person",
  identity: "The caller could not be identified",
  none_signed_in: "Nobody was signed in",
  all_busy: "All seats were busy",
  no_answer: "Nobody answered",
};
export const reason = (name) => REASONS[name] ?? plain(name);

export const PARTIES = { caller: "Caller", bot: "Bot", expert: "Expert", system: "" };
