// Search, the choice of two frameworks, copying a script. Without script every page can be read, and every link works.
"use strict";

const root = document.body.dataset.root;
const MOST = 12;

// Search: as adapters/guide/index.py looks things up, with the words that it has gathered.

const [BEGINS, INSIDE, PARTS] = window.INDEX.shares;
const SILENT = new Set(window.INDEX.silent);

function plain(name) {
  const small = name.replaceAll("_", "").toLowerCase();
  const word = small.length > 3 && /[^s]s$/.test(small) ? small.slice(0, -1) : small;
  return word.length < 2 || SILENT.has(word) ? "" : word;
}

function parts(name) {
  const found = (name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+/gu) ?? []).map(plain);
  return found.length > 1 ? found.filter((part) => part) : [];
}

function having(word) {
  const best = new Map();
  for (const [known, there] of Object.entries(window.INDEX.words)) {
    if (!known.includes(word)) continue;
    const share = known === word ? 1 : known.startsWith(word) ? BEGINS : INSIDE;
    for (let at = 0; at < there.length; at += 2) {
      best.set(there[at], Math.max(best.get(there[at]) ?? 0, share * there[at + 1]));
    }
  }
  const rare = Math.log((1 + window.INDEX.entries.length) / (1 + best.size));
  return new Map([...best].map(([at, weight]) => [at, rare * weight]));
}

function named(name) {
  const whole = having(plain(name));
  const pieces = parts(name).map(having);
  const share = Object.hasOwn(window.INDEX.words, plain(name)) ? INSIDE : PARTS;
  for (const at of pieces[0]?.keys() ?? []) {
    if (!pieces.every((piece) => piece.has(at))) continue;
    whole.set(at, (whole.get(at) ?? 0) + share * pieces.reduce((sum, piece) => sum + piece.get(at), 0));
  }
  return whole;
}

function find(text) {
  const typed = [...new Set(text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [])].filter(plain);
  const found = typed.map(named);
  const scores = new Map();
  for (const at of new Set(found.flatMap((each) => [...each.keys()]))) {
    const met = found.filter((each) => each.has(at));
    const sum = met.reduce((so_far, each) => so_far + each.get(at), 0);
    scores.set(at, sum * (met.length / typed.length) ** 2);
  }
  return [...scores]
    .sort(([one, score], [other, score_of_other]) => score_of_other - score || one - other)
    .map(([at]) => window.INDEX.entries[at]);
}

function item([sort, title, url]) {
  const link = document.createElement("a");
  link.href = root + url;
  link.textContent = title;
  const kind = document.createElement("small");
  kind.textContent = sort;
  link.append(kind);
  const place = document.createElement("li");
  place.append(link);
  return place;
}

const field = document.getElementById("search");
const found = document.getElementById("found");

const rest = document.getElementById("rest");

function told(shown, hits) {
  if (!hits) return "No page matches.";
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
