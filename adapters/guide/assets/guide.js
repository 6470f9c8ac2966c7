// Search, the choice of two frameworks, copying a script. Without script every page can be read, and every link works.
"use strict";

const root = document.body.dataset.root;
const MOST = 12;

// Search: every word that was typed is to be found; titles count more than names in code, whole words more than parts.

function score(entry, words) {
  let sum = 0;
  for (const word of words) {
    let best = 0;
    if (entry.title.toLowerCase().includes(word)) best = 6;
    for (const lower of entry.names.toLowerCase().split(" ")) {
      if (lower === word) best = Math.max(best, 5);
      else if (lower.startsWith(word)) best = Math.max(best, 2);
      else if (lower.includes(word)) best = Math.max(best, 1);
    }
    if (!best) return 0;
    sum += best;
  }
  return sum;
}

// What is typed may be code: net[0].weight.data() asks for "net" and "weight.data".
function wordsOf(text) {
  const parts = text.toLowerCase().match(/[\p{L}\p{N}_.]+/gu) ?? [];
  return parts.map((part) => part.replace(/^\.+|\.+$/g, "")).filter((part) => /\p{L}/u.test(part));
}

function find(text) {
  const words = wordsOf(text);
  if (!words.length) return [];
  return window.ENTRIES.map((entry, at) => ({ entry, at, score: score(entry, words) }))
    .filter((one) => one.score)
    .sort((one, other) => other.score - one.score || one.at - other.at)
    .map((one) => one.entry);
}

function item(entry) {
  const link = document.createElement("a");
  link.href = root + entry.url;
  link.textContent = entry.title;
  const kind = document.createElement("small");
  kind.textContent = entry.kind;
  link.append(kind);
  const place = document.createElement("li");
  place.append(link);
  return place;
}

const field = document.getElementById("search");
const found = document.getElementById("found");

const rest = document.getElementById("rest");

function told(shown, hits) {
  if (!hits) return "Nothing is called that here.";
  return shown < hits ? `The first ${shown} of ${hits} are shown.` : `${hits} found`;
}

function search(most) {
  const hits = find(field.value);
  const shown = hits.slice(0, most);
  found.hidden = !field.value.trim();
  document.getElementById("count").textContent = told(shown.length, hits.length);
  found.querySelector("ul").replaceChildren(...shown.map(item));
  rest.hidden = shown.length === hits.length;
}

field.addEventListener("input", () => search(MOST));
rest.addEventListener("click", (event) => {
  event.stopPropagation();
  search(Infinity);
  found.querySelectorAll("a")[MOST]?.focus();
});
field.form.addEventListener("submit", (event) => {
  event.preventDefault();
  found.querySelector("a")?.click();
});
field.form.addEventListener("keydown", (event) => {
  const links = [...found.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "Escape") {
    found.hidden = true;
    field.focus();
  } else if (event.key === "ArrowDown" && links[at + 1]) {
    event.preventDefault();
    links[at + 1].focus();
  } else if (event.key === "ArrowUp" && at >= 0) {
    event.preventDefault();
    (links[at - 1] ?? field).focus();
  }
});
document.addEventListener("click", (event) => {
  if (!field.form.contains(event.target)) found.hidden = true;
});
const asked = new URLSearchParams(location.search).get("q");
if (asked) {
  field.value = asked;
  search(MOST);
}

// From X to Y.

for (const form of document.querySelectorAll("[data-ways]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const key = `${form.elements.x.value}-${form.elements.y.value}`;
    document.querySelector(`[data-way="${key}"]`)?.click();
  });
  const check = () => {
    form.querySelector("button").disabled = form.elements.x.value === form.elements.y.value;
  };
  form.addEventListener("change", check);
  check();
}

// Scripts.

for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    const parts = [...document.querySelectorAll(`code[data-part="${button.dataset.column}"]`)];
    const text = parts.map((part) => part.textContent).join("\n") + "\n";
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "The browser did not allow it";
    }
  });
}

// What is folded is shown on paper, and folded again after.

const folded = [];
addEventListener("beforeprint", () => {
  folded.push(...document.querySelectorAll("details:not([open])"));
  for (const one of folded) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of folded.splice(0)) one.open = false;
});

// What scrolls can be reached by keyboard.

for (const block of document.querySelectorAll("pre, .scroll")) {
  if (block.scrollWidth > block.clientWidth) {
    block.tabIndex = 0;
    block.setAttribute("role", "group");
    block.setAttribute("aria-label", "Scrolls sideways");
  }
}
