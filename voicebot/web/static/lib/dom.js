/** Small tools for building pages. Text goes in as text, never as markup. */

export const $ = (id) => document.getElementById(id);

/** Make an element: h("p", { class: "faint", onclick: f, "aria-label": "x" }, "text", child...). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Show `message` in the alert `element`, or hide it when there is none. */
export function notice(element, message) {
  element.hidden = !message;
  element.textContent = message ?? "";
}

/** Fill a definition list with [term, value] pairs; values may be elements. */
export function facts(list, pairs) {
  list.replaceChildren(
    ...pairs
      .filter(([, value]) => value !== "" && value !== null && value !== undefined)
      .flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]),
  );
  return list.children.length > 0;
}

export const chip = (text, kind = "") => h("span", { class: `chip ${kind}` }, text);
