// How much the pages weigh, and how soon they are there. The figures are printed.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { get } from "node:http";
import { gzipSync } from "node:zlib";

import { launch as launchChrome } from "chrome-launcher";
import lighthouse from "lighthouse";

import { CHROMIUM, FLAGS, launch, none, openPage } from "./kit/browser.mjs";

const url = process.env.GALLERY_URL;
const KB = 1000;
const PART = { "x-gallery-part": "results" };
// Kilobytes as they are transferred; requests with those of styles and scripts.
const LIST = { page: 20, requests: 4 };
const PACKAGE = { page: 15, withReadme: 100, requests: 4 };
const RESULTS = 8;
const FEED = 30;
const STYLE_AND_SCRIPT = 12;

// Bytes of the compressed body.
function weigh(path, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = get(url + path, { headers: { "accept-encoding": "gzip", ...headers } }, (response) => {
      let bytes = 0;
      response.on("data", (chunk) => (bytes += chunk.length));
      response.on("end", () => {
        const { "content-encoding": encoding } = response.headers;
        if (response.statusCode !== 200 || encoding !== "gzip") reject(new Error(`${path}: ${response.statusCode} ${encoding}`));
        else resolve(bytes);
      });
    });
    request.on("error", reject);
  });
}

// Prints a figure and holds that it is within its bound.
function within(t, what, figure, bound, unit = "") {
  t.diagnostic(`${what}: ${Math.round(figure * 1000) / 1000}${unit} of ${bound}${unit}`);
  assert.ok(figure <= bound, `${what} is ${figure}${unit}, more than ${bound}${unit}`);
}

async function lightest(t, what, paths, bound, headers) {
  let heaviest = ["", 0];
  for (const path of paths) {
    const bytes = await weigh(path, headers);
    if (bytes > heaviest[1]) heaviest = [path, bytes];
  }
  within(t, `${what}, the heaviest (${heaviest[0]})`, heaviest[1] / KB, bound, " kB");
}

// The page of a package with nothing in the place of its README.
function withoutReadme(html) {
  const start = html.indexOf('<article class="readme"');
  const end = html.lastIndexOf("</article>");
  return start < 0 ? html : html.slice(0, start) + html.slice(end);
}

async function packages() {
  const paths = [];
  for (const profile of ["plone", "django", "flask"]) {
    const answer = await fetch(`${url}/${profile}/-/sitemap.xml`);
    const sitemap = await answer.text();
    paths.push(...[...sitemap.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, address]) => new URL(address).pathname));
  }
  return paths.filter((path) => path.split("/").length === 3);
}

test("pages weigh little", async (t) => {
  await lightest(t, "list", ["/plone", "/django", "/hostile?page=2", "/plone?q=plone&sort=updated"], LIST.page);
  await lightest(t, "results", ["/plone", "/django", "/hostile?page=2"], RESULTS, PART);
  await lightest(t, "feed", ["/plone/-/feed.atom", "/django/-/feed.rss", "/hostile/-/feed.json"], FEED);
  const paths = await packages();
  assert.ok(paths.length > 20, `${paths.length} packages`);
  await lightest(t, "package", paths, PACKAGE.withReadme);
  let heaviest = ["", 0];
  for (const path of paths) {
    const html = await (await fetch(url + path)).text();
    const bytes = gzipSync(withoutReadme(html)).length;
    if (bytes > heaviest[1]) heaviest = [path, bytes];
  }
  within(t, `package without its README, the heaviest (${heaviest[0]})`, heaviest[1] / KB, PACKAGE.page, " kB");
});

test("styles and scripts weigh little, and requests are few", async (t) => {
  const browser = await launch();
  try {
    for (const [name, path, bound] of [["list", "/plone", LIST.requests], ["package", "/plone/plone.api", PACKAGE.requests]]) {
      const { page, close } = await openPage(browser, url);
      const asked = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await page.goto(path, { waitUntil: "load" });
      within(t, `${name}, requests`, asked.length, bound);
      const weights = await Promise.all(asked.filter((one) => /\.(css|js)$/.test(one)).map((one) => weigh(one)));
      assert.ok(weights.length >= 2);
      within(t, `${name}, styles and scripts`, weights.reduce((one, other) => one + other) / KB, STYLE_AND_SCRIPT, " kB");
      await close();
    }
  } finally {
    await browser.close();
  }
});

// As Lighthouse simulates a telephone: four times slower, 1.6 Mbit/s, 150 ms away.
let chrome;
before(async () => {
  chrome = await launchChrome({ chromePath: CHROMIUM, chromeFlags: ["--headless=new", ...FLAGS] });
});
after(() => chrome.kill());

// The machine has other work, too: the best of so many visits counts.
const VISITS = 3;
// Milliseconds. Alone, the machine makes it 0.
const BLOCKED = 50;
const CATEGORIES = ["performance", "accessibility", "best-practices"];

// Bounds of the seconds until the largest element is painted.
for (const [name, path, largestPaint] of [
  ["start", "/", 1.2],
  ["list", "/plone", 1.2],
  ["package", "/plone/plone.api", 1.5],
]) {
  test(`on a telephone, ${name}`, async (t) => {
    const bounds = { "cumulative-layout-shift": 0, "total-blocking-time": BLOCKED, "largest-contentful-paint": largestPaint * 1000 };
    let problems;
    for (let visit = 0; visit < VISITS && problems?.length !== 0; visit += 1) {
      const { lhr } = await lighthouse(`${url}${path}`, { port: chrome.port, logLevel: "silent", onlyCategories: CATEGORIES });
      const figures = Object.keys(bounds).map((audit) => [audit, lhr.audits[audit].numericValue]);
      t.diagnostic(figures.map(([audit, figure]) => `${audit} ${Math.round(figure * 1000) / 1000} of ${bounds[audit]}`).join(", "));
      problems = [
        ...(lhr.runtimeError ? [lhr.runtimeError.code] : []),
        ...figures.filter(([audit, figure]) => !(figure <= bounds[audit])).map(([audit, figure]) => `${audit} is ${figure}`),
        ...["accessibility", "best-practices"].flatMap((category) => lost(lhr, category)),
      ];
    }
    none({ problems });
  });
}

// The audits of a category that are not passed.
function lost(lhr, category) {
  const audits = lhr.categories[category].auditRefs.map(({ id }) => lhr.audits[id]);
  return audits.filter((audit) => audit.score !== null && audit.score < 1).map((audit) => `${category}: ${audit.id}`);
}
