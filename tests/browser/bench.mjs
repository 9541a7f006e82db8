// Measures the gallery: a search on the screen, pages under load, memory. Called by
// `scripts/bench-gallery`, which tells the options.

import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { launch, openPage } from "./kit/browser.mjs";
import { load, memory, processorTime, spread } from "./kit/load.mjs";
import { multiply } from "./kit/multiply.mjs";
import { serve } from "./kit/process.mjs";
import { startScene } from "./kit/scene.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    packages: { type: "string", default: "4000" },
    keystrokes: { type: "string", default: "100" },
    connections: { type: "string", default: "16" },
    seconds: { type: "string", default: "10" },
    requests: { type: "string", default: "100000" },
  },
});
const program = positionals[0];
const [packages, keystrokes, connections, seconds, requests] = ["packages", "keystrokes", "connections", "seconds", "requests"].map((name) => Number(values[name]));
// Milliseconds between two keys of somebody who types fast.
const PAUSE = 150;
const WORDS = ["content management", "form", "restapi theme", "multilingual", "image gallery", "workflow", "catalog", "editor"];
// Memory is read so many times on the way.
const READINGS = 10;

// What has to hold: milliseconds until what a key finds is painted, milliseconds of the gallery's own
// part of a list and of a package, and how far memory may grow after the first tenth of the requests.
const BOUNDS = { painted: 100, own: 10, growth: 1.1 };
const broken = [];

// A figure with its bound, and whether that holds.
function judged(what, figure, bound, unit) {
  const holds = figure <= bound;
  if (!holds) broken.push(`${what}: ${figure.toFixed(2)}${unit}, more than ${bound}${unit}`);
  return [`≤ ${bound}${unit}`, holds ? "yes" : "NO"];
}

function tell(...cells) {
  console.log(`| ${cells.map((cell) => (typeof cell === "number" ? cell.toFixed(cell < 10 ? 2 : 0) : cell)).join(" | ")} |`);
}

function heading(...cells) {
  console.log("");
  tell(...cells);
  tell(...cells.map(() => "---"));
}

async function fill(api) {
  const documents = [];
  for (const profile of ["plone", "django", "flask"]) documents.push(...(await api.documents(profile, "is_latest:=true")));
  for (const batch of multiply(documents, packages)) await api.put("plone", batch);
}

// Milliseconds from each of at most 200 keys until the packages that it finds are painted.
async function keystrokeTimes(url) {
  const browser = await launch();
  const { page } = await openPage(browser, url);
  await page.goto("/plone");
  await page.evaluate(() => {
    const box = document.querySelector("#q");
    box.addEventListener("input", (event) => (window.typed = event.timeStamp));
    window.painted = () =>
      new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          if (document.querySelector("#results[aria-busy]")) return;
          observer.disconnect();
          // The frame is painted when the next task runs.
          requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => resolve(performance.now() - window.typed);
            channel.port2.postMessage(null);
          });
        });
        observer.observe(document.querySelector("main"), { childList: true, subtree: true });
      });
  });
  const times = [];
  const box = page.locator("#q");
  await box.focus();
  for (const word of WORDS.concat(WORDS, WORDS)) {
    await box.evaluate((element) => (element.value = ""));
    for (const key of word) {
      if (times.length === keystrokes) break;
      const painted = page.evaluate(() => window.painted());
      await page.keyboard.press(key === " " ? "Space" : key);
      times.push(await painted);
      await page.waitForTimeout(PAUSE);
    }
  }
  await browser.close();
  return times;
}

async function paths(url) {
  const sitemap = await (await fetch(`${url}/plone/-/sitemap.xml`)).text();
  const found = [...sitemap.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, address]) => new URL(address).pathname).filter((path) => path !== "/plone");
  const words = [...new Set(found.map((path) => path.split(".").at(-1).slice(0, 6)))];
  return {
    "a file, the least": ["/favicon.ico"],
    "list, a page of all": Array.from({ length: Math.min(100, packages / 20) }, (_, page) => (page ? `/plone?page=${page + 1}` : "/plone")),
    "list, words": words.map((word) => `/plone?q=${word}`),
    "list, words and filters": words.map((word) => `/plone?q=${word}&framework=Plone+6.0&python=3.12`),
    package: found,
    feed: words.map((word) => `/plone/-/feed.atom?q=${word}`),
  };
}

async function pages(embedded, apart, kinds) {
  heading("page", "per second", "p50, ms", "p95, ms", "processor, ms a page", "gallery alone", "engine alone", "bound for the gallery", "met");
  for (const [kind, list] of Object.entries(kinds)) {
    const before = processorTime(embedded.processId);
    const result = await load(embedded.url, list, { connections, seconds });
    const whole = (processorTime(embedded.processId) - before) / result.count;
    const parts = [apart.gallery, apart.engine].map(({ processId }) => processorTime(processId));
    const split = await load(apart.gallery.url, list, { connections, seconds });
    const [gallery, engine] = [apart.gallery, apart.engine].map(({ processId }, place) => (processorTime(processId) - parts[place]) / split.count);
    const bound = /^(list|package)/.test(kind) ? judged(kind, gallery, BOUNDS.own, " ms") : ["", ""];
    tell(kind, result.count / result.seconds, result.p50, result.p95, whole, gallery, engine, ...bound);
  }
}

async function memoryOverTime({ url, processId }, kinds) {
  heading("requests", "anonymous, MB", "resident, MB");
  const lists = Object.values(kinds);
  const mixed = Array.from({ length: 500 }, (_, turn) => lists.map((list) => list[turn % list.length])).flat();
  const readings = [];
  for (let reading = 0; reading <= READINGS; reading += 1) {
    const { anonymous, resident } = memory(processId);
    tell(String((requests / READINGS) * reading), anonymous, resident);
    readings.push(anonymous);
    if (reading < READINGS) await load(url, mixed, { connections, count: requests / READINGS });
  }
  const [, settled, ...later] = readings;
  const [bound, met] = judged("memory over that after the first tenth", Math.max(...later) / settled, BOUNDS.growth, " times");
  console.log(`\nmemory after the first tenth of the requests, at most ${bound} of it later: ${met}`);
}

const scene = await startScene(program, { isHostile: false });
try {
  await fill(scene.api);
  console.log(`${packages} packages, ${connections} connections; load of the machine ${loadavg()[0].toFixed(1)}`);
  heading("from a key to the packages on the screen", "p50, ms", "p95, ms", "most, ms", "bound", "met");
  const { p50, p95, most } = spread(await keystrokeTimes(scene.url));
  tell(`${keystrokes} keys, ${PAUSE} ms after the last`, p50, p95, most, ...judged("from a key to the screen, p95", p95, BOUNDS.painted, " ms"));
  const kinds = await paths(scene.url);
  // The same pages by a process of their own, which asks the engine over the network.
  const [host, port] = new URL(scene.url).host.split(":");
  const settings = { TYPESENSE_HOST: host, TYPESENSE_PORT: port, TYPESENSE_API_KEY: scene.api.key };
  const folder = await mkdtemp(join(tmpdir(), "pyfa-bench-"));
  const gallery = await serve(program, folder, [], settings);
  try {
    await pages(scene, { gallery, engine: scene }, kinds);
  } finally {
    await gallery.stop();
    await rm(folder, { recursive: true });
  }
  await memoryOverTime(scene, kinds);
  console.log(`\nload of the machine ${loadavg()[0].toFixed(1)}`);
} finally {
  await scene.stop();
}
if (broken.length) {
  console.error(`\nbeyond their bounds:\n${broken.map((one) => `  ${one}`).join("\n")}`);
  process.exitCode = 1;
}
