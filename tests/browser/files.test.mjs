// The gallery as a folder of files behind any web server: it searches, filters and pages in the
// browser, and everything but that works without a script.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import assert from "node:assert/strict";

import { launch, none, openPage, sidewaysOverflow, violations } from "./kit/browser.mjs";
import { serveFiles } from "./kit/files.mjs";
import { FILLERS, PROFILE_KEY } from "./kit/hostile.mjs";
import { run } from "./kit/process.mjs";

const HITS = ".hits h2 a";
const PATH = "/deep/site";
const PER_PAGE = 20;

let browser;
let folder;
const sites = {};
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "pyfa-files-"));
  for (const profile of ["plone", PROFILE_KEY]) {
    const output = join(folder, profile);
    const words = ["export", "-p", profile, "--to", "site", "-o", output];
    await run(process.env.PYFA_PROGRAM, words, process.env.PYFA_FOLDER, { GALLERY_BASE_URL: `https://example.org${PATH}/` });
    sites[profile] = await serveFiles(output, PATH);
  }
});
after(async () => {
  await browser.close();
  for (const site of Object.values(sites)) await site.stop();
  await rm(folder, { recursive: true, force: true });
});

// Runs steps on a page of a site, which has to stay silent.
function onPage(name, profile, path, steps, options = {}) {
  test(name, async () => {
    const opened = await openPage(browser, sites[profile].url, options);
    try {
      await opened.page.goto(`${PATH}/${profile}/${path}`);
      await steps(opened.page, opened);
      none({ complaints: opened.complaints });
    } finally {
      await opened.close();
    }
  });
}

function hits(page) {
  return page.locator(HITS).allTextContents();
}

// Waits until the first packages that are shown are these.
async function shows(page, names) {
  const wanted = [].concat(names);
  const read = ([selector, count, text]) => [...document.querySelectorAll(selector)].slice(0, count).map((one) => one.textContent).join("\n") === text;
  await page.waitForFunction(read, [HITS, wanted.length, wanted.join("\n")]).catch(async () => {
    assert.deepEqual((await hits(page)).slice(0, wanted.length), wanted);
  });
}

onPage("a search in place", "plone", "", async (page) => {
  const all = await hits(page);
  await page.evaluate(() => {
    window.isSamePage = true;
  });
  await page.keyboard.press("/");
  await page.keyboard.type("authomatic");
  await page.locator("#status", { hasText: "1 package for “authomatic”, best matches first" }).waitFor();
  await shows(page, "pas.plugins.authomatic");
  assert.equal(new URL(page.url()).search, "?q=authomatic");
  assert.equal(await page.title(), "Packages for “authomatic” · Plone");
  assert.equal(await page.locator("mark").first().textContent(), "authomatic");
  assert.ok(await page.evaluate(() => window.isSamePage), "without a page load");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${PATH}/plone/pas.plugins.authomatic/`);
  await page.goBack();
  await shows(page, "pas.plugins.authomatic");
  assert.equal(await page.inputValue("#q"), "authomatic");
  await page.fill("#q", "");
  await shows(page, all);
});

onPage("filters, counts, chips and orders", "plone", "", async (page) => {
  const box = page.locator("#facet-framework input").first();
  const value = await box.getAttribute("value");
  const count = Number(await page.locator("#facet-framework .count").first().evaluate((one) => one.childNodes[1].textContent));
  await box.check();
  await page.locator("#status", { hasText: new RegExp(`^${count} package`) }).waitFor();
  assert.equal(await page.locator(".chip", { hasText: value }).count(), 1);
  assert.ok((await page.locator("#facet-framework input:checked").count()) === 1);
  await page.locator("#sort").selectOption("name");
  await page.locator("#status", { hasText: "by name" }).waitFor();
  const names = await hits(page);
  assert.deepEqual(names, [...names].sort());
  assert.equal(new URL(page.url()).searchParams.get("framework"), value);
  await page.goBack();
  await page.locator("#status", { hasText: "healthiest first" }).waitFor();
  await page.locator(".chips a", { hasText: value }).click();
  await page.waitForFunction(() => !document.querySelector(".chips"));
  none({ accessibility: await violations(page), layout: await sidewaysOverflow(page) });
});

onPage("an operator, and what finds nothing", "plone", "", async (page) => {
  await page.fill("#q", "-license:MIT is:secure sort:name zzzzqqqq");
  await page.press("#q", "Enter");
  await page.locator(".empty", { hasText: "No package matches “zzzzqqqq” and passes the filters." }).waitFor();
  assert.equal(await page.locator(".chips .chip").count(), 2);
  await page.locator(".empty a", { hasText: "Without the words" }).click();
  await page.locator("#status", { hasText: "by name" }).waitFor();
  assert.ok((await hits(page)).length > 3);
  none({ accessibility: await violations(page) });
});

onPage("a link with parameters", "plone", "?q=rest&sort=name", async (page) => {
  await page.locator("#status", { hasText: "for “rest”, by name" }).waitFor();
  assert.equal(await page.inputValue("#q"), "rest");
  const names = await hits(page);
  assert.ok(names.includes("plone.restapi") && names.length < 10, names.join());
});

onPage("pages", PROFILE_KEY, "", async (page) => {
  const first = await hits(page);
  assert.equal(first.length, PER_PAGE);
  await page.locator(".pages a[rel=next]").click();
  await page.waitForFunction(([selector, name]) => document.querySelector(selector)?.textContent !== name, [HITS, first[0]]);
  assert.equal(new URL(page.url()).searchParams.get("page"), "2");
  await page.fill("#q", "filler");
  await page.locator("#status", { hasText: `${FILLERS} packages for “filler”` }).waitFor();
  assert.equal(await page.locator(".pages li").count(), Math.ceil(FILLERS / PER_PAGE));
  await page.locator(".pages a", { hasText: "3" }).click();
  await page.waitForFunction(([selector, count]) => document.querySelectorAll(selector).length === count, [HITS, FILLERS % PER_PAGE]);
  assert.equal(await page.evaluate(() => window.broken), undefined, "a script of a stranger ran");
  none({ accessibility: await violations(page), layout: await sidewaysOverflow(page) });
});

onPage("what a stranger wrote stays text", PROFILE_KEY, "?q=breakout+script", async (page) => {
  await page.waitForFunction(() => document.getElementById("status").textContent.includes("script"));
  assert.equal(await page.evaluate(() => window.broken), undefined, "a script of a stranger ran");
  none({ layout: await sidewaysOverflow(page) });
});

test("the same packages as from a server", async () => {
  const { page, close, complaints } = await openPage(browser, sites.plone.url, {});
  await page.goto(`${PATH}/plone/`);
  const queries = ["plone.api", "PLONE-api", "ploneapi", "restapi", "rest", "plone rest", "authomatc", "form", "easyform", "export", "facets", "pas plugins", "volto", "zzz"];
  for (const query of queries) {
    const answer = await fetch(`${process.env.GALLERY_URL}/plone?q=${encodeURIComponent(query)}`, { headers: { "x-gallery-part": "results" } });
    const text = await answer.text();
    const expected = await page.evaluate(([html, selector]) => {
      const parsed = new DOMParser().parseFromString(html, "text/html");
      return [...parsed.querySelectorAll(selector)].slice(0, 1).map((one) => one.textContent);
    }, [text, HITS]);
    await page.fill("#q", query);
    await page.locator("#status", { hasText: `“${query}”` }).or(page.locator(".empty", { hasText: `“${query}”` })).first().waitFor();
    assert.deepEqual((await hits(page)).slice(0, 1), expected, query);
  }
  none({ complaints });
  await close();
});

test("everything but the search works without a script", async () => {
  const { page, close, complaints } = await openPage(browser, sites[PROFILE_KEY].url, { javaScriptEnabled: false });
  await page.goto(`${PATH}/`);
  const first = await hits(page);
  await page.locator(".pages a[rel=next]").click();
  await page.waitForURL(`**${PATH}/${PROFILE_KEY}/-/pages/2/`);
  const second = await hits(page);
  assert.ok(first.length === PER_PAGE && second.length === PER_PAGE && !second.includes(first[0]));
  await page.locator(HITS).first().click();
  await page.locator(".tabs a", { hasText: "Releases" }).click();
  await page.waitForURL("**/-/releases/");
  await page.locator("tbody th a").first().click();
  none({ complaints });
  await close();
});

test("what is not there has a page", async () => {
  const { page, close } = await openPage(browser, sites.plone.url, {});
  const response = await page.goto(`${PATH}/plone/nothing/here`);
  assert.equal(response.status(), 404);
  await page.locator("h1").first().waitFor();
  await page.locator("header form input[type=search]").first().fill("restapi");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${PATH}/plone/?q=restapi`);
  await shows(page, "plone.restapi");
  await close();
});

test("the index is read once, and only for a search", async () => {
  const { page, close } = await openPage(browser, sites.plone.url, {});
  const { asked } = sites.plone;
  asked.length = 0;
  await page.goto(`${PATH}/plone/`);
  await page.waitForLoadState("networkidle");
  const reads = () => asked.filter((path) => path.includes("/-/search.") && path.endsWith(".json")).length;
  assert.equal(reads(), 0);
  for (const word of ["rest", "form"]) {
    await page.fill("#q", word);
    await page.locator("#status", { hasText: word }).waitFor();
  }
  assert.equal(reads(), 1);
  await close();
});
