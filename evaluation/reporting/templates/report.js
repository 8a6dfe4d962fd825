"use strict";
/* Players that go to a turn, filters of the list of calls, and items for review to take along. */

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const clock = (s) => `${Math.floor(s / 60)}:${(s % 60).toFixed(1).padStart(4, "0")}`;

function player(box) {
  const audio = box.querySelector("audio"), wave = box.querySelector(".wave");
  const now = wave.querySelector(".now"), seconds = Number(wave.dataset.seconds);
  const show = () => {
    now.style.left = `${Math.min(100, (100 * audio.currentTime) / seconds)}%`;
    wave.setAttribute("aria-valuenow", audio.currentTime.toFixed(1));
    wave.setAttribute("aria-valuetext", clock(audio.currentTime));
  };
  const seek = (at) => {
    const to = Math.max(0, Math.min(seconds, at));
    if (audio.readyState > 0) { audio.currentTime = to; show(); return; }
    audio.addEventListener("loadedmetadata", () => { audio.currentTime = to; show(); }, { once: true });
    audio.load();
  };
  wave.addEventListener("click", (event) => {
    const place = wave.getBoundingClientRect();
    seek((seconds * (event.clientX - place.left)) / place.width);
  });
  wave.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 };
    if (event.key in steps) seek(audio.currentTime + steps[event.key]);
    else if (event.key === "Home" || event.key === "End") seek(event.key === "Home" ? 0 : seconds);
    else if (event.key === " ") audio.paused ? audio.play() : audio.pause();
    else return;
    event.preventDefault();
  });
  for (const button of all("button.seek", box)) {
    button.disabled = false;
    button.addEventListener("click", () => { seek(Number(button.dataset.at) - 0.5); audio.play().catch(() => {}); });
  }
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) audio.addEventListener(name, show);
}

function filters(form) {
  const rows = all("[data-call]"), shown = document.getElementById("shown");
  const apply = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { verdict, tag } = form.elements;
    let count = 0;
    for (const row of rows) {
      const fits = (!verdict.value || row.dataset.verdict === verdict.value)
        && (!tag.value || JSON.parse(row.dataset.tags).includes(tag.value))
        && words.every((word) => row.dataset.search.includes(word));
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count} of ${rows.length} calls`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
}

function reviews() {
  const items = JSON.parse(document.getElementById("reviews").textContent);
  for (const button of all("button[data-review]")) {
    const item = items[button.dataset.review];
    if (!item) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const audio = document.querySelector(`#${button.dataset.review} audio source`);
      const content = JSON.stringify(audio ? { ...item, sound: audio.src } : item, null, 1);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
      link.download = `review-${item.case.replace(/[^\w.-]+/g, "_")}-${item.attempt + 1}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }
}

all("[data-player]").forEach(player);
all("form.filters").forEach(filters);
reviews();
addEventListener("beforeprint", () => all("details").forEach((one) => { one.open = true; }));
