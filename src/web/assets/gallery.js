// Makes lists answer while you type. Everything works without it; if anything fails, the browser
// follows the plain link or sends the plain form.

const PART = { "X-Gallery-Part": "results" };
// Milliseconds between two searches while typing.
const REST = 120;
let waiting;
let began = -REST;
let running;
let shown = location.pathname + location.search;
// Shows the filters that belong to the packages on the screen, if they are not there yet.
let showFilters;

function form() {
  showFilters?.();
  return document.getElementById("refine");
}

function box() {
  return document.getElementById("q");
}

function readBox() {
  box().value = new URL(location).searchParams.get("q") ?? "";
}

// The address of what the form asks for, with defaults left out.
function addressOf(form) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value) url.searchParams.append(name, value);
  }
  return url;
}

// Fetches the results at an address and shows them; `keep` says how the address enters the history.
async function show(url, keep) {
  clearTimeout(waiting);
  began = performance.now();
  running?.abort();
  const request = new AbortController();
  running = request;
  const results = document.getElementById("results");
  results.setAttribute("aria-busy", "true");
  const typed = box().value;
  try {
    // Where the gallery is a folder of files, search.js answers.
    const answer = await (globalThis.answerFromFiles ?? fetch)(url, { headers: PART, signal: request.signal }).catch((error) => {
      if (error.name === "AbortError") throw error;
    });
    // If the connection fails, there is none.
    if (!answer || answer.status === 503) return unavailable();
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    if (request.signal.aborted) return;
    replace(results, html);
    remember(results, keep);
    // Filters that were typed are filters now; what is typed meanwhile stays.
    if (keep === "push" && box().value === typed) readBox();
  } catch (error) {
    if (error.name === "AbortError") return;
    location.assign(url);
  } finally {
    if (running === request) {
      running = undefined;
      document.getElementById("results")?.removeAttribute("aria-busy");
    }
  }
}

function unavailable() {
  clearTimeout(announce.timer);
  announce(document.getElementById("status"), "The search is not available right now. These are the packages found before.");
}

// The address in the history is the one that the server would have sent us to.
function remember(results, keep) {
  const address = location.pathname + new URL(results.dataset.canonical).search;
  if (keep && address !== shown) history[keep === "push" ? "pushState" : "replaceState"](null, "", address);
  shown = address;
}

// Puts new packages in the place of old ones, and new filters in the place of old ones. While words are
// typed the filters wait until the packages are painted.
function replace(results, html) {
  // No text of a page has this: its brackets are escaped.
  const cut = html.indexOf('<form id="refine"');
  const fresh = parse(html.slice(0, cut)).getElementById("results");
  Object.assign(results.dataset, fresh.dataset);
  document.title = fresh.dataset.title;
  // The status line stays, so that a screen reader hears of its new text.
  const status = document.getElementById("status");
  const said = fresh.querySelector("#status");
  const text = said.textContent;
  said.replaceWith(status);
  swap(results.querySelector(".found"), fresh.querySelector(".found"));
  clearTimeout(announce.timer);
  announce.timer = setTimeout(announce, 300, status, text);
  showFilters = () => {
    showFilters = undefined;
    replaceFilters(parse(html.slice(cut)).getElementById("refine"));
  };
  if (document.activeElement === box()) requestAnimationFrame(() => setTimeout(() => showFilters?.()));
  else showFilters();
}

function parse(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

// Filters that were opened stay open.
function replaceFilters(fresh) {
  const old = document.getElementById("refine");
  for (const details of old.querySelectorAll("details[id]")) {
    const same = fresh.querySelector("#" + CSS.escape(details.id));
    if (same) same.open = details.open;
  }
  findValues(fresh);
  for (const field of old.querySelectorAll(".find")) {
    const same = fresh.querySelector("#" + CSS.escape(field.id));
    if (same) narrow(same, field.value);
  }
  swap(old, fresh);
}

// Puts an element in the place of another; the focus stays where it is.
function swap(old, fresh) {
  const focus = document.activeElement;
  const had = old.contains(focus);
  const key = had ? nameOf(focus) : null;
  old.replaceWith(fresh);
  if (had) focusOn((key && find(fresh, key)) ?? document.querySelector("#results h1"));
}

// Focuses an element, even if it is folded away or no control.
function focusOn(element) {
  for (let folded; (folded = element.closest("fieldset")?.closest("details:not([open])")); ) folded.open = true;
  if (element.localName === "h1") element.tabIndex = -1;
  element.focus();
}

function announce(status, text) {
  status.textContent = text;
}

// What a control is called, to find it again: a name and a value, an id, or an address.
function nameOf(element) {
  if (element.name) return ["name", element.name, element.value];
  if (element.id) return ["id", element.id, ""];
  return element.closest("details")?.id ? ["id", element.closest("details").id, "summary"] : null;
}

function find(root, [kind, name, value]) {
  if (kind === "id") {
    const found = root.querySelector("#" + CSS.escape(name));
    return value === "summary" ? found?.querySelector("summary") : found;
  }
  const named = [...root.querySelectorAll(`[name="${CSS.escape(name)}"]:not([type=hidden])`)];
  return named.find((one) => one.value === value) ?? named[0];
}

// Gives long lists of values a field that hides those without what is typed.
function findValues(root) {
  for (const more of root.querySelectorAll("details[id^=more-]")) {
    const field = document.createElement("input");
    field.id = more.id.replace("more", "find");
    field.className = "find";
    field.autocomplete = "off";
    field.placeholder = `Find in ${more.parentElement.querySelector("legend").textContent}`;
    field.setAttribute("aria-label", field.placeholder);
    field.addEventListener("input", () => narrow(field, field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    more.parentElement.querySelector("label")?.before(field);
  }
}

function narrow(field, typed) {
  field.value = typed;
  const wanted = typed.trim().toLowerCase();
  for (const label of field.parentElement.querySelectorAll("label")) {
    label.hidden = !label.querySelector("span").textContent.toLowerCase().includes(wanted);
  }
  if (wanted) field.parentElement.querySelector("details").open = true;
}

function refine() {
  if (!form() || !box()) return;
  box().addEventListener("input", () => {
    clearTimeout(waiting);
    // Half a filter is another filter: it waits for Enter.
    if (box().value.includes(":")) return;
    const search = () => show(addressOf(form()), "replace");
    const rest = began + REST - performance.now();
    if (rest > 0) waiting = setTimeout(search, rest);
    else search();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name && form()?.contains(event.target)) show(addressOf(form()), "push");
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    show(addressOf(form()), "push");
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".chips a, .pages a, .empty a, .notice a, .other a, .leave");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(new URL(link.href), "push").then(() => {
      if (link.closest(".pages")) document.querySelector("#results h1").scrollIntoView();
    });
  });
  addEventListener("popstate", () => {
    // Also sent for links within the page.
    if (location.pathname + location.search === shown) return;
    readBox();
    show(new URL(location), null);
  });
}

// What the visitor chose, kept in the browser; without storage it lasts as long as the page.
function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function store(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {}
}

// `/` and `s` go to the box, arrows move through hits, Esc returns to the box.
function keyboard() {
  const box = document.querySelector('input[type="search"]');
  let isOn = read("shortcuts") !== "off";
  const say = (button) => {
    if (isOn) box?.setAttribute("aria-keyshortcuts", "/ s");
    else box?.removeAttribute("aria-keyshortcuts");
    if (button) button.textContent = `Shortcuts / and s: ${isOn ? "on" : "off"}`;
  };
  const button = addButton(document.getElementById("shortcuts"), "shortcuts");
  button?.addEventListener("click", () => {
    isOn = !isOn;
    store("shortcuts", isOn ? "" : "off");
    say(button);
  });
  say(button);
  if (!box) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target;
    const isTyping = target.matches("input, textarea, select, [contenteditable]");
    if (isOn && !isTyping && (event.key === "/" || event.key === "s")) {
      event.preventDefault();
      box.focus();
      box.select();
      return;
    }
    const hits = [...document.querySelectorAll(".hits h2 a")];
    const at = hits.indexOf(target);
    if (event.key === "Escape" && at >= 0) {
      box.focus();
      return;
    }
    if (target !== box && at < 0) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !hits.length) return;
    event.preventDefault();
    const next = target === box ? (step > 0 ? 0 : -1) : at + step;
    if (next < 0) box.focus();
    else hits[Math.min(next, hits.length - 1)].focus();
  });
}

const THEMES = ["system", "light", "dark"];

function addButton(place, name) {
  if (!place) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = name;
  place.append(button);
  return button;
}

function themeButton() {
  const button = addButton(document.querySelector(".bar"), "theme");
  if (!button) return;
  const current = () => document.documentElement.dataset.theme ?? "system";
  const label = () => {
    button.textContent = `Theme: ${current()}`;
  };
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(current()) + 1) % THEMES.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    store("theme", next === "system" ? "" : next);
    label();
  });
  label();
}

function copyButton() {
  const code = document.getElementById("install");
  if (!code || !navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  });
  code.after(button);
}

// Offers names while one is typed for a comparison.
function suggestNames() {
  const form = document.querySelector("form[data-suggest]");
  if (!form) return;
  const field = form.querySelector("#add");
  const list = document.createElement("datalist");
  list.id = "names";
  field.after(list);
  field.setAttribute("list", list.id);
  let timer;
  let request;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      request?.abort();
      request = new AbortController();
      const url = new URL(form.dataset.suggest, location);
      url.searchParams.set("q", field.value);
      try {
        const answer = await fetch(url, { signal: request.signal });
        const [, names, summaries] = await answer.json();
        list.replaceChildren(...names.map((name, at) => new Option(summaries[at], name)));
      } catch {
        // A name can be typed all the same.
      }
    }, REST);
  });
}

themeButton();
copyButton();
keyboard();
suggestNames();
findValues(document);
refine();
