// Searches in the browser, where the gallery is a folder of files: filters and shows packages as the
// server does (src/catalog, src/web/gallery). search_ranking.js stands before it in the same file, and
// gallery.js asks it in the server's place.

(() => {
const { ask, byName, compare, interpret, joined, partsOf, rank, wantedOf, wordsOf } = packageRanking;
const script = document.currentScript;
const pristine = document.getElementById("results")?.cloneNode(true);
if (!pristine) return;

const FACETS = ["framework", "type", "python", "status", "license", "health", "keyword", "maintainer", "requires", "registry", "needs", "provenance", "publisher", "twin"];
const LABELS = { framework: "Framework", type: "Type", python: "Python", status: "Status", license: "License", health: "Health", keyword: "Keyword", maintainer: "Maintainer", requires: "Requires", registry: "Registry", needs: "Needs", provenance: "Provenance", publisher: "Trusted publisher", twin: "Also on another registry" };
const SORTS = { relevance: "best matches first", health: "healthiest first", downloads: "most downloaded first", stars: "most stars first", updated: "latest releases first", new: "newest packages first", name: "by name" };
const DAYS = { "30d": 30, "6m": 183, "1y": 365, "2y": 730 };
const UPDATED = { "30d": "in the last 30 days", "6m": "in the last 6 months", "1y": "in the last year", "2y": "in the last 2 years" };
const PER_PAGE = 20;
const LONGEST_WORDS = 300;
const [YANKED, VULNERABLE, ARCHIVED] = [1, 2, 4];
const list = new URL(pristine.querySelector("form").action, location).pathname;

let index;
// The columns; read once, when they are needed.
function load() {
  index ??= fetch(script.dataset.index).then(async (answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return prepare(await answer.json());
  });
  index.catch(() => (index = undefined));
  return index;
}

function prepare(columns) {
  const words = columns.about.roots.map((root) => joined(root.split(" :: ").at(-1)));
  const packages = columns.name.map((name, at) => {
    const whole = joined(name);
    const forms = columns.joined[at].length ? columns.joined[at] : [whole];
    return { at, whole, forms, names: undefined, keywords: undefined, summary: undefined };
  });
  const lower = Object.fromEntries(FACETS.map((facet) => [facet, columns[`values_${facet}`].map((value) => value.toLowerCase())]));
  return { ...columns, words, packages, lower };
}

// ---- What is asked for

function readQuery(url) {
  const query = { words: "", exact: false, filters: [], updated: "", secure: false, archived: "", sort: "", page: 1 };
  const page = url.pathname.match(/\/-\/pages\/(\d+)\/$/);
  if (page) query.page = Number(page[1]);
  for (const [name, raw] of url.searchParams) {
    const value = raw.trim();
    const facet = name.replace(/^not-/, "");
    if (name === "q") query.words = value.slice(0, LONGEST_WORDS);
    else if (name === "spelling") query.exact = value === "exact";
    else if (name === "updated") query.updated = value in DAYS ? value : "";
    else if (name === "secure") query.secure = value === "1";
    else if (name === "archived") query.archived = ["no", "only"].includes(value) ? value : "";
    else if (name === "sort") query.sort = value in SORTS ? value : "";
    else if (name === "page") query.page = Math.max(1, Number.parseInt(value, 10) || 1);
    else if (FACETS.includes(facet) && value) query.filters.push({ facet, value, excluded: name !== facet });
  }
  query.words = (query.words.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? []).filter((part) => !readOperator(part, query)).join(" ");
  const key = ({ excluded, facet, value }) => `${Number(excluded)}${FACETS.indexOf(facet)}${value}`;
  const filters = new Map(query.filters.map((filter) => [key(filter), filter]));
  query.filters = [...filters.keys()].sort().map((one) => filters.get(one));
  return query;
}

// Takes `framework:"Plone 6.1"` and the like out of the words.
function readOperator(part, query) {
  const [, minus, named, quoted] = part.match(/^(-?)([a-z]+):(.+)$/is) ?? [];
  const [name, value] = [named?.toLowerCase(), quoted?.replace(/^"+|"+$/g, "").trim()];
  if (!value) return false;
  if (FACETS.includes(name)) query.filters.push({ facet: name, value, excluded: minus === "-" });
  else if (minus) return false;
  else if (name === "updated" && value in DAYS) query.updated = value;
  else if (name === "sort" && value in SORTS) query.sort = value;
  else if (name === "archived" && ["no", "only"].includes(value)) query.archived = value;
  else if (name === "is" && value === "secure") query.secure = true;
  else return false;
  return true;
}

function hasWords(query) {
  return !["", "*"].includes(query.words);
}

function defaultSort(query) {
  return hasWords(query) ? "relevance" : "health";
}

function sortOf(query) {
  return query.sort && query.sort !== "relevance" ? query.sort : defaultSort(query);
}

// The address of a list, with defaults left out.
function addressOf(query) {
  const parameters = new URLSearchParams();
  if (query.words) parameters.append("q", query.words);
  if (query.exact) parameters.append("spelling", "exact");
  for (const { facet, value, excluded } of query.filters) parameters.append(excluded ? `not-${facet}` : facet, value);
  for (const name of ["updated", "archived"]) if (query[name]) parameters.append(name, query[name]);
  if (query.secure) parameters.append("secure", "1");
  if (sortOf(query) !== defaultSort(query)) parameters.append("sort", sortOf(query));
  if (query.page > 1) parameters.append("page", query.page);
  return list + (parameters.size ? `?${parameters}` : "");
}

// ---- Filters

// Whether a package passes all filters, but for those of one facet.
function passes(query, data, at, without) {
  for (const facet of FACETS) {
    const named = query.filters.filter((filter) => filter.facet === facet);
    const has = ({ value }) => {
      const wanted = (facet === "python" ? value.replace(/^python /i, "") : value).toLowerCase();
      return data[`facet_${facet}`][at].some((one) => data.lower[facet][one] === wanted);
    };
    const chosen = named.filter(({ excluded }) => !excluded);
    if (facet !== without && chosen.length && !chosen.some(has)) return false;
    if (named.some((filter) => filter.excluded && has(filter))) return false;
  }
  const flags = data.flags[at];
  const hidden = query.archived === "no" || (data.about.hides_archived && !query.archived && !hasWords(query));
  if (query.archived === "only" ? !(flags & ARCHIVED) : hidden && flags & ARCHIVED) return false;
  if (query.secure && flags & VULNERABLE) return false;
  return !query.updated || data.uploaded[at] >= data.about.as_of - DAYS[query.updated] * 86_400;
}

function sortBy(sort, data, hits) {
  const keys = { health: (at) => data.numbers[at][0], downloads: (at) => data.numbers[at][1], stars: (at) => data.numbers[at][2], updated: (at) => data.uploaded[at], new: (at) => data.first[at] };
  const key = keys[sort] ?? (() => 0);
  // What has no value stands last.
  return hits.sort((one, other) => (key(other.at) ?? -Infinity) - (key(one.at) ?? -Infinity) || byName(data, one.at, other.at));
}

// ---- Showing

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function icon(name) {
  return element("i", { class: `icon i-${name}`, "aria-hidden": "true" });
}

// A text with what matches in it marked.
function marked(text, question, hit) {
  if (!question) return [text];
  const wanted = wantedOf(question.typed);
  const guessed = new Set(question.asked.filter((_, place) => hit.words?.[place]?.guess));
  const ranges = partsOf(wordsOf(text)).flatMap((part) => {
    const found = wanted.map((one) => compare(one, part, one.first + one.count === question.typed.length, guessed.has(one.text))).filter(Boolean);
    return found.length ? [found.reduce((best, one) => (one.quality > best.quality ? one : best))] : [];
  });
  const pieces = [];
  let end = 0;
  for (const range of ranges.sort((one, other) => one.start - other.start || one.end - other.end)) {
    if (range.end <= end) continue;
    const start = Math.max(range.start, end);
    pieces.push(text.slice(end, start), element("mark", {}, text.slice(start, range.end)));
    end = range.end;
  }
  return [...pieces, text.slice(end)].filter((piece) => piece !== "");
}

function hitOf(data, hit, question, sort) {
  const { at } = hit;
  const folder = data.folder[at] ?? data.name[at];
  const heading = element("h2", {}, element("a", { href: `${list}${folder}/` }, ...marked(data.name[at], question, hit)), " ", element("span", { class: "version" }, data.version[at]));
  if (hit.exact) heading.append(" ", element("span", { class: "tag" }, "exact match"));
  if (data.date[at]) {
    const iso = `${new Date(data.uploaded[at] * 1000).toISOString().slice(0, 19)}Z`;
    heading.append(" ", element("time", { datetime: iso, title: data.date[at] }, data.age[at]));
  }
  const article = element("article", { class: "hit" }, heading);
  if (data.summary[at]) article.append(element("p", { class: "summary" }, ...marked(data.summary[at], question, hit)));
  if (data.warnings[at].length) {
    article.append(element("p", { class: "warnings" }, ...data.warnings[at].map(([level, text]) => element("span", { class: `chip ${level}` }, icon(level), text))));
  }
  const figures = data.figures[at].map(([kind, value, words]) => element(
    "span",
    { class: kind === sort ? "figure sorted" : "figure", title: words },
    icon(kind),
    element("span", { "aria-hidden": "true" }, value),
    element("span", { class: "hidden" }, words),
  ));
  const texts = [...data.frameworks[at], data.pythons[at].length ? `Python ${data.pythons[at].join(", ")}` : "", data.license[at]];
  article.append(element("p", { class: "facts" }, ...figures, ...texts.filter(Boolean).map((text) => element("span", {}, text))));
  return element("li", {}, article);
}

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

function count(number) {
  return number === 1 ? "1 package" : `${grouped(number)} packages`;
}

function statusOf(query, found, last) {
  if (!found) return "No packages found";
  const page = query.page > 1 ? `, page ${query.page} of ${last}` : "";
  return `${count(found)}${query.words ? ` for “${query.words}”` : ""}, ${SORTS[sortOf(query)]}${page}`;
}

function noticeOf(query, understood) {
  const sentences = understood.guessed.map(({ typed, found }) => `No package has “${typed}”; showing “${found}”.`);
  if (understood.missing.length) sentences.push(`No package has all words; missing: ${understood.missing.map((word) => `“${word}”`).join(", ")}.`);
  if (!sentences.length) return null;
  const notice = element("p", { class: "notice" }, sentences.join(" "));
  if (understood.guessed.length) notice.append(" ", element("a", { href: addressOf({ ...query, exact: true, page: 1 }) }, "Search for the words as typed"));
  return notice;
}

// The filters in use: `[label, value, query without it]`.
function restrictions(query) {
  const first = { ...query, page: 1 };
  const all = query.filters.map((filter) => {
    const label = LABELS[filter.facet];
    return [filter.excluded ? `Not ${label.toLowerCase()}` : label, filter.value, { ...first, filters: query.filters.filter((one) => one !== filter) }];
  });
  if (query.updated) all.push(["Released", UPDATED[query.updated], { ...first, updated: "" }]);
  if (query.secure) all.push(["Security", "no known vulnerability", { ...first, secure: false }]);
  if (query.archived) all.push(["Archived", query.archived === "only" ? "only" : "hidden", { ...first, archived: "" }]);
  return all;
}

function cleared(query) {
  return { ...query, exact: false, filters: [], updated: "", secure: false, archived: "", page: 1 };
}

function chipsOf(query) {
  const all = restrictions(query);
  if (!all.length) return null;
  const chips = all.map(([label, value, without]) => element("li", {}, element(
    "a",
    { class: "chip", href: addressOf(without) },
    element("span", { class: "hidden" }, "Remove filter "),
    `${label}: ${value}`,
    icon("remove"),
  )));
  const clear = element("li", {}, element("a", { class: "clear", href: addressOf(cleared(query)) }, "Clear all"));
  return element("ul", { class: "chips", "aria-label": "Filters in use" }, ...chips, clear);
}

function emptyOf(query, data) {
  const all = restrictions(query);
  const text = query.words && !all.length ? `No package matches “${query.words}”. Try fewer or other words.`
    : query.words ? `No package matches “${query.words}” and passes the filters.`
      : `No package passes ${all.length === 1 ? "this filter" : "all these filters"}.`;
  const empty = element("div", { class: "empty" }, element("p", {}, text));
  const ways = all.map(([label, value, without]) => [`Without ${label.toLowerCase()} ${value}`, without]);
  if (all.length > 1) ways.push(["Without all filters", cleared(query)]);
  if (query.words && all.length) ways.push(["Without the words", { ...query, words: "", page: 1 }]);
  const found = ways.map(([name, way]) => [name, way, find(way, data).hits.length]).filter(([, , size]) => size);
  if (found.length) {
    const items = found.map(([name, way, size]) => element("li", {}, element("a", { href: addressOf(way) }, name), ` (${grouped(size)})`));
    empty.append(element("p", {}, "These lists have packages:"), element("ul", {}, ...items));
  }
  return empty;
}

function pagesOf(query, last) {
  if (last <= 1) return null;
  const href = (page) => addressOf({ ...query, page });
  const items = [];
  let before = 0;
  for (let page = 1; page <= last; page++) {
    if (page !== 1 && page !== last && Math.abs(page - query.page) > 2) continue;
    if (page > before + 1) items.push(element("li", { "aria-hidden": "true" }, "…"));
    const current = page === query.page ? { "aria-current": "page" } : {};
    items.push(element("li", {}, element("a", { href: href(page), ...current }, element("span", { class: "hidden" }, "Page "), String(page))));
    before = page;
  }
  const nav = element("nav", { class: "pages", "aria-label": "Pages" });
  if (query.page > 1) nav.append(element("a", { rel: "prev", href: href(query.page - 1) }, "Previous"));
  nav.append(element("ul", {}, ...items));
  if (query.page < last) nav.append(element("a", { rel: "next", href: href(query.page + 1) }, "Next"));
  return nav;
}

// Sets what the form shows: chosen values, how many packages have each, and what it has no field for.
function fillForm(form, query, data, counts) {
  form.querySelectorAll('input[type="hidden"]').forEach((input) => input.remove());
  const hide = (name, value) => form.prepend(element("input", { type: "hidden", name, value }));
  const boxes = [...form.querySelectorAll('input[type="checkbox"]')].filter((box) => FACETS.includes(box.name));
  const isChosen = (name, value) => query.filters.some((filter) => !filter.excluded && filter.facet === name && filter.value.toLowerCase() === value.toLowerCase());
  for (const box of boxes) {
    const chosen = isChosen(box.name, box.value);
    const number = counts[box.name].get(box.value) ?? 0;
    box.toggleAttribute("checked", chosen);
    const label = box.closest("label");
    if (!chosen && !number) {
      label.remove();
      continue;
    }
    label.querySelector(".count").replaceChildren(element("span", { class: "hidden" }, ", "), grouped(number), element("span", { class: "hidden" }, number === 1 ? " package" : " packages"));
  }
  for (const details of form.querySelectorAll('details[id^="more-"]')) {
    const shown = details.querySelectorAll("label").length;
    details.querySelector("summary").textContent = `${shown} more`;
    if (!shown) details.remove();
  }
  for (const details of form.querySelectorAll('details[id^="facet-"]')) {
    if (!details.querySelector("label")) details.remove();
  }
  for (const { facet, value, excluded } of query.filters) {
    const hasBox = boxes.some((box) => box.name === facet && box.value.toLowerCase() === value.toLowerCase());
    if (excluded || !hasBox) hide(excluded ? `not-${facet}` : facet, value);
  }
  if (query.exact) hide("spelling", "exact");
  const sorts = form.querySelector('select[name="sort"]');
  const labels = new Map([...sorts.options].map((option) => [option.value || "health", option.textContent]));
  if (query.words) labels.set("relevance", "Best match");
  const order = Object.keys(SORTS).filter((sort) => labels.has(sort));
  sorts.replaceChildren(...order.map((sort) => element("option", {
    value: sort === defaultSort(query) ? "" : sort,
    ...(sort === sortOf(query) ? { selected: "" } : {}),
  }, labels.get(sort))));
  for (const name of ["updated", "archived"]) {
    for (const option of form.querySelector(`select[name="${name}"]`)?.options ?? []) option.toggleAttribute("selected", option.value === query[name]);
  }
  form.querySelector('input[name="secure"]')?.toggleAttribute("checked", query.secure);
}

// ---- Answering

// The packages of a query, in order, and how its words were understood.
function find(query, data) {
  const question = hasWords(query) ? ask(query, data) : null;
  const sort = sortOf(query);
  const all = data.packages.filter(({ at }) => passes(query, data, at));
  if (!question) return { hits: sortBy(sort, data, all.map(({ at }) => ({ at }))), understood: { guessed: [], missing: [] } };
  if (!question.typed.length) return { hits: [], understood: { guessed: [], missing: [] } };
  const ranked = rank(question, data, all);
  const understood = interpret(question, ranked);
  return { hits: sort === "relevance" ? ranked : sortBy(sort, data, ranked), understood, question };
}

// For each facet, how many packages have each value, if another value of it could be chosen.
function countValues(query, data, hits, question) {
  const found = new Set(hits.map(({ at }) => at));
  return Object.fromEntries(FACETS.map((facet) => {
    const isChosen = query.filters.some((filter) => filter.facet === facet && !filter.excluded);
    let those = found;
    if (isChosen) {
      const others = data.packages.filter(({ at }) => passes(query, data, at, facet));
      those = question ? rank({ ...question }, data, others).map(({ at }) => at) : others.map(({ at }) => at);
    }
    const counts = new Map();
    for (const at of those) {
      for (const value of data[`facet_${facet}`][at]) {
        const text = data[`values_${facet}`][value];
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
    }
    return [facet, counts];
  }));
}

// The part of a list that changes, as the server would send it.
function resultsOf(url, data) {
  const query = readQuery(url);
  const { hits, understood, question } = find(query, data);
  const last = Math.ceil(hits.length / PER_PAGE);
  query.page = Math.min(query.page, Math.max(1, last));
  const results = pristine.cloneNode(true);
  const heading = query.words ? `Packages for “${query.words}”` : `${data.about.title} packages`;
  const isPlain = addressOf({ ...query, page: 1 }) === list;
  const page = query.page > 1 ? `, page ${query.page}` : "";
  results.dataset.title = isPlain && !page ? data.about.title : `${heading}${page} · ${data.about.title}`;
  results.dataset.canonical = new URL(addressOf(query), location).href;
  results.querySelector("h1").textContent = heading;
  const chips = chipsOf(query);
  if (chips || query.words) results.querySelector(".lead")?.remove();
  const status = results.querySelector("#status");
  status.textContent = statusOf(query, hits.length, last);
  for (const old of results.querySelectorAll(".notice, .chips, .hits, .empty, .pages")) old.remove();
  status.after(...[noticeOf(query, understood), chips].filter(Boolean));
  const shown = hits.slice((query.page - 1) * PER_PAGE, query.page * PER_PAGE);
  const exports = results.querySelector(".exports");
  const jump = results.querySelector(".jump");
  const pages = pagesOf(query, last);
  const found = shown.length ? element("ol", { class: "hits" }, ...shown.map((hit) => hitOf(data, hit, question, sortOf(query)))) : emptyOf(query, data);
  jump.after(...[found, pages].filter(Boolean));
  // There are files of the whole list only.
  if (!isPlain) exports?.remove();
  fillForm(results.querySelector("form"), query, data, countValues(query, data, hits, question));
  return results.outerHTML;
}

globalThis.answerFromFiles = async (url, { signal }) => {
  let data;
  try {
    data = await load();
  } catch {
    return new Response("", { status: 503 });
  }
  signal.throwIfAborted();
  return new Response(resultsOf(new URL(url, location), data));
};

// An address with parameters was opened: what they ask for is shown in place of the whole list.
if (location.search) {
  readBox();
  show(new URL(location), null);
} else {
  document.getElementById("q")?.addEventListener("focus", load, { once: true });
}
})();
