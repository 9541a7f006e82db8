// Words and ranking of the search in the browser (search.js), as the server has them (src/catalog): a
// pure function of what was typed and of the packages.

const packageRanking = (() => {
// ---- Words

const SMALL_WORDS = new Set("a an and any as at by for from how in into is of on or that the to using via with".split(" "));
const LETTER = /[\p{Alphabetic}\p{N}]/u;

// Runs of letters and digits, in lower case, with their places.
function wordsOf(text) {
  const words = [];
  let inside = false;
  let at = 0;
  for (const character of text) {
    const end = at + character.length;
    if (LETTER.test(character)) {
      if (!inside) words.push({ text: "", start: at, end: at });
      words.at(-1).text += character.toLowerCase();
      words.at(-1).end = end;
      inside = true;
    } else inside = inside && (character === "'" || character === "’");
    at = end;
  }
  return words;
}

function joined(text) {
  return wordsOf(text).map((word) => word.text).join("");
}

// A word without its English ending.
function stem(word) {
  let stem = word;
  if (stem.length > 4 && stem.endsWith("ies")) stem = `${stem.slice(0, -3)}y`;
  else if (stem.length > 3 && stem.endsWith("s") && !/(ss|us|is)$/.test(stem)) stem = stem.slice(0, -1);
  for (const [ending, shortest] of [["ing", 6], ["ed", 5], ["ion", 6]]) {
    const rest = stem.slice(0, -ending.length);
    if (stem.length >= shortest && stem.endsWith(ending) && (ending !== "ion" || /[ts]$/.test(rest))) {
      const [before, last] = rest.slice(-2);
      stem = last && before === last && !"aeiouls".includes(last) ? rest.slice(0, -1) : rest;
      break;
    }
  }
  return stem.length > 4 && stem.endsWith("e") ? stem.slice(0, -1) : stem;
}

// Words, and neighbours as one word.
function partsOf(words) {
  const parts = [];
  for (let count = 1; count <= 3; count++) {
    for (let first = 0; first + count <= words.length; first++) {
      const run = words.slice(first, first + count);
      const text = run.map((word) => word.text).join("");
      if (count > 1 && text.length < 4) continue;
      parts.push({ text, stem: stem(text), first, firstLength: run[0].text.length, count, start: run[0].start, end: run.at(-1).end });
    }
  }
  return parts;
}

// The parts of a name; what is glued to the word of a framework also stands alone.
function nameParts(name, frameworks) {
  const parts = partsOf(wordsOf(name));
  const rests = parts.filter(({ count }) => count === 1).flatMap((part) => frameworks
    .filter((framework) => part.text.startsWith(framework) && part.text.length >= framework.length + 3)
    .map((framework) => {
      const text = part.text.slice(framework.length);
      return { ...part, text, stem: stem(text), start: part.end - text.length };
    }));
  return parts.concat(rests);
}

// Letters exchanged, left out, added or swapped; more than `most` are not counted.
function typosBetween(typed, other) {
  const most = /\p{N}/u.test(typed) || typed.length < 4 ? 0 : typed.length < 7 ? 1 : 2;
  if (!most || Math.abs(typed.length - other.length) > most) return 0;
  const typos = distance(typed, other);
  return typos <= most ? typos : 0;
}

function distance(one, other) {
  let [before, last] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[other.length];
}

// How well a part of a text answers for a part of what was typed: `{quality, guess, start, end}`.
function compare(wanted, part, isLast, allowsTypos) {
  if (wanted.count > 1 && part.count > 1) return null;
  const whole = (quality, guess = null) => ({ quality, guess, start: part.start, end: part.end });
  if (wanted.text === part.text) return whole(wanted.count + part.count > 2 ? 0.95 : 1);
  if (wanted.stem === part.stem) return whole(0.9);
  const begins = (text) => part.text.startsWith(text) && (part.count === 1 || text.length > part.firstLength);
  if (isLast && begins(wanted.text)) {
    const exact = part.count === 1 && part.text.length === part.end - part.start;
    return { quality: 0.85, guess: null, start: part.start, end: exact ? part.start + wanted.text.length : part.end };
  }
  if (wanted.stem.length >= 3 && begins(wanted.stem)) return whole(0.75);
  if (!allowsTypos || wanted.count > 1 || part.count > 1) return null;
  const typos = typosBetween(wanted.text, part.text);
  if (typos) return whole(typos === 1 ? 0.7 : 0.5, part.text);
  const length = wanted.text.length;
  const misspelled = isLast && length >= 5 && !/\p{N}/u.test(wanted.text)
    && [length - 1, length, length + 1].some((end) => distance(wanted.text, part.text.slice(0, end)) <= 1);
  return misspelled ? whole(0.5, part.text) : null;
}

// ---- Ranking

function ask(query, data) {
  const typed = wordsOf(query.words).slice(0, 20).map((word) => word.text);
  let asked = typed.filter((word) => !SMALL_WORDS.has(word) && !data.words.includes(word));
  if (!asked.length) asked = typed;
  return { typed, asked, joined: typed.join(""), typos: asked.map(() => !query.exact), wanted: wantedOf(asked) };
}

function wantedOf(words) {
  return partsOf(words.map((text) => ({ text, start: 0, end: text.length })));
}

function findIn(question, parts) {
  const best = question.asked.map(() => null);
  for (const wanted of question.wanted) {
    const isLast = wanted.first + wanted.count === question.asked.length;
    for (const part of parts) {
      const found = compare(wanted, part, isLast, wanted.count === 1 && question.typos[wanted.first]);
      for (let at = wanted.first; found && at < wanted.first + wanted.count; at++) {
        if (!best[at] || best[at].quality < found.quality) best[at] = found;
      }
    }
  }
  return best;
}

function compareJoined(question, forms) {
  const letters = question.joined.length;
  let best = null;
  for (const form of letters < 3 ? [] : forms) {
    const typos = question.typos.includes(true) ? typosBetween(question.joined, form) : 0;
    const quality = form === question.joined ? 0.95 : form.startsWith(question.joined) ? 0.85 : typos ? (typos === 1 ? 0.7 : 0.5) : 0;
    const guess = quality === 0.7 || quality === 0.5 ? form : null;
    if (quality && (!best || best.quality < quality)) best = { quality, letters, guess };
  }
  return best;
}

function popularity(data, at) {
  if (data.rank[at] !== null) return Math.min(1, Math.max(0, data.rank[at] / 1000));
  const damped = (number, digits) => Math.min(1, Math.log10(1 + Math.max(0, number)) / digits);
  const [, downloads, stars] = data.numbers[at];
  return downloads !== null ? damped(downloads, 7) : stars !== null ? damped(stars, 5) : 0;
}

function judge(question, data, entry) {
  const { at } = entry;
  entry.names ??= nameParts(data.name[at], data.words);
  entry.keywords ??= data.facet_keyword[at].flatMap((value) => partsOf(wordsOf(data.values_keyword[value])));
  entry.summary ??= partsOf(wordsOf(data.summary[at]));
  const words = question.asked.map(() => null);
  const keep = (place, quality, guess) => {
    if (!words[place] || words[place].quality < quality) words[place] = { quality, guess };
  };
  let letters = 0;
  for (const [worth, parts] of [[1, entry.names], [0.9, entry.keywords], [0.9, entry.summary]]) {
    const found = findIn(question, parts);
    if (worth === 1) {
      const ranges = new Map(found.filter(Boolean).map(({ start, end }) => [`${start} ${end}`, end - start]));
      letters = [...ranges.values()].reduce((sum, length) => sum + length, 0);
    }
    found.forEach((match, place) => {
      if (match) keep(place, worth * match.quality, match.guess);
    });
  }
  const whole = compareJoined(question, entry.forms);
  if (whole) {
    letters = Math.max(letters, whole.letters);
    words.forEach((_, place) => keep(place, whole.quality, whole.guess));
  }
  const found = words.filter(Boolean);
  const quality = found.reduce((sum, word) => sum + word.quality, 0) / Math.max(1, found.length);
  let length = entry.whole;
  for (const framework of data.words) {
    const rest = length.startsWith(framework) ? length.slice(framework.length) : length.endsWith(framework) ? length.slice(0, -framework.length) : "";
    length = rest || length;
  }
  const share = Math.min(1, letters / Math.max(1, length.length));
  const names = wordsOf(data.name[at]).map((word) => word.text);
  const same = (form) => names.length === question.typed.length && names.every((name, place) => form(name) === form(question.typed[place]));
  return {
    at,
    words,
    exact: same((word) => word),
    letters: entry.whole === question.joined || same(stem),
    count: found.length,
    score: quality * (0.4 + 0.6 * popularity(data, at)) * (0.75 + 0.25 * share),
  };
}

// The packages that answer, best first. Similar spellings count only where few have the word itself.
function rank(question, data, entries) {
  let judged = entries.map((entry) => judge({ ...question, typos: question.asked.map(() => false) }, data, entry));
  const typos = question.typos.map((allowed, place) => allowed && judged.filter(({ words }) => words[place]).length < 3);
  if (typos.includes(true)) {
    question.typos = typos;
    judged = entries.map((entry) => judge(question, data, entry));
  }
  const worth = ({ exact, letters, count }) => exact || letters || (count > 0 && count * 2 >= question.asked.length);
  return judged.filter(worth).sort((one, other) => other.exact - one.exact || other.letters - one.letters
    || other.count - one.count || other.score - one.score || byName(data, one.at, other.at));
}

function byName(data, one, other) {
  return data.name[one] < data.name[other] ? -1 : 1;
}

function interpret(question, hits) {
  const understood = { guessed: [], missing: [] };
  if (!hits.length || hits.some(({ exact, letters }) => exact || letters)) return understood;
  question.asked.forEach((typed, place) => {
    const found = hits.map(({ words }) => words[place]).filter(Boolean);
    if (found.some(({ guess }) => !guess)) return;
    if (found.length) understood.guessed.push({ typed, found: found[0].guess });
    else understood.missing.push(typed);
  });
  if (!understood.missing.length && hits.every(({ words }) => words.includes(null))) {
    understood.missing = question.asked.filter((_, place) => !hits[0].words[place]);
  }
  return understood;
}

return { ask, byName, compare, interpret, joined, partsOf, rank, wantedOf, wordsOf };
})();
