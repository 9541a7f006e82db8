// Looking for a package: by keyboard, with filters, through the history, and while things fail.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";

import { launch, none, openPage } from "./kit/browser.mjs";

const url = process.env.GALLERY_URL;
const HITS = ".hits h2 a";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

// Runs a test on a page, which has to stay silent; `expected` is what it may complain of.
function onPage(name, path, steps, { expected = /^$/, ...options } = {}) {
  test(name, async () => {
    const opened = await openPage(browser, url, options);
    try {
      await opened.page.goto(path);
      await steps(opened.page, opened);
      none({ complaints: opened.complaints.filter((complaint) => !expected.test(complaint)) });
    } finally {
      await opened.close();
    }
  });
}

function hits(page) {
  return page.locator(HITS).allTextContents();
}

// Waits until these are the packages that are shown, in this order.
async function shows(page, names) {
  const wanted = [].concat(names).join("\n");
  const read = ([selector, text]) => [...document.querySelectorAll(selector)].map((one) => one.textContent).join("\n") === text;
  await page.waitForFunction(read, [HITS, wanted]).catch(async () => {
    assert.equal((await hits(page)).join("\n"), wanted);
  });
}

function isFocused(page, selector) {
  return page.locator(selector).evaluate((element) => element === document.activeElement);
}

// Leaves a mark that only a page load removes.
function mark(page) {
  return page.evaluate(() => {
    window.isSamePage = true;
  });
}

function isSamePage(page) {
  return page.evaluate(() => window.isSamePage === true);
}

// Answers of the part of a list that changes, by what `decide` says of their address.
function routeParts(page, decide) {
  return page.route("**/*", (route) => {
    const isPart = "x-gallery-part" in route.request().headers();
    return isPart ? decide(route, new URL(route.request().url())) : route.continue();
  });
}

onPage("a search by keyboard alone", "/plone", async (page) => {
  await mark(page);
  const all = await hits(page);
  assert.ok(all.length > 5);
  await page.keyboard.press("/");
  assert.ok(await isFocused(page, "#q"), "`/` goes to the box");
  await page.keyboard.type("authomatic");
  await shows(page, "pas.plugins.authomatic");
  assert.ok(await isSamePage(page), "without a page load");
  assert.ok(await isFocused(page, "#q"), "the box keeps the focus");
  assert.equal(await page.title(), await page.locator("#results").getAttribute("data-title"));
  await page.locator("#status", { hasText: "1 package for “authomatic”" }).waitFor();
  await page.keyboard.press("ArrowDown");
  assert.ok(await isFocused(page, HITS), "↓ goes to the hit");
  await page.keyboard.press("Escape");
  assert.ok(await isFocused(page, "#q"), "Esc goes back");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/plone/pas.plugins.authomatic");
  await page.goBack();
  await page.waitForURL("**/plone?q=authomatic");
  await shows(page, "pas.plugins.authomatic");
  assert.equal(await page.inputValue("#q"), "authomatic");
  assert.equal(await page.locator("header.top").count(), 1, "a whole page, not the part of one");
  await page.keyboard.press("s");
  assert.ok(await isFocused(page, "#q"), "`s` goes to the box, too");
  await page.keyboard.press("Delete");
  await shows(page, all);
});

onPage("keys are not taken from fields and shortcuts", "/plone", async (page) => {
  await page.locator("#q").focus();
  await page.keyboard.type("s/s");
  assert.equal(await page.inputValue("#q"), "s/s");
  await page.waitForURL("**/plone?q=s%2Fs");
  await page.locator("#sort").focus();
  await page.keyboard.press("/");
  assert.ok(await isFocused(page, "#sort"), "a menu keeps its keys");
  await page.locator('.refine input[type="checkbox"]').first().focus();
  await page.keyboard.press("s");
  assert.ok(!(await isFocused(page, "#q")), "so does a box to tick");
  await page.locator(HITS).first().focus();
  await page.keyboard.press("Control+/");
  assert.ok(!(await isFocused(page, "#q")), "with Ctrl it is another key");
});

onPage("filters by keyboard keep the focus", "/plone", async (page) => {
  await mark(page);
  const box = 'input[name="framework"][value="Plone 6.1"]';
  await page.locator(box).focus();
  await page.keyboard.press("Space");
  await page.waitForURL("**/plone?framework=Plone+6.1");
  await page.locator(".chip", { hasText: "Framework: Plone 6.1" }).waitFor();
  assert.ok(await isFocused(page, box), "on the box that was ticked");
  assert.ok(await page.isChecked(box));
  const narrowed = await hits(page);
  await page.keyboard.press("Space");
  await page.waitForURL("**/plone");
  await page.locator(".chip", { hasText: "Framework" }).waitFor({ state: "detached" });
  assert.ok(await isFocused(page, box), "on the box that was cleared");
  assert.ok((await hits(page)).length > narrowed.length);
  await page.locator("#sort").focus();
  await page.locator("#sort").selectOption("name");
  await page.waitForURL("**/plone?sort=name");
  await shows(page, (await hits(page)).sort((one, other) => one.localeCompare(other, "en", { sensitivity: "base" })));
  assert.ok(await isFocused(page, "#sort"), "on the menu");
  assert.ok(await isSamePage(page));
});

onPage("folded values stay unfolded", "/hostile", async (page) => {
  await page.locator("#more-framework summary").click();
  const value = "Flask 2.2";
  const chosen = page.locator(`input[name="framework"][value="${value}"]`);
  assert.equal(await page.locator("#more-framework").locator(chosen).count(), 1, "it is one of the folded values");
  await chosen.focus();
  await page.keyboard.press("Space");
  await page.locator(".chip", { hasText: value }).waitFor();
  assert.ok(await chosen.evaluate((element) => element === document.activeElement && element.checkVisibility()), "the focus is on what was ticked");
  await page.keyboard.press("Space");
  await page.locator(".chip", { hasText: value }).waitFor({ state: "detached" });
  assert.ok(await chosen.evaluate((element) => element === document.activeElement && element.checkVisibility()), "and on what was cleared");
});

onPage("long lists of values are narrowed by typing", "/hostile", async (page) => {
  await mark(page);
  const field = page.locator("#find-framework");
  const shown = () => page.locator("#facet-framework label:visible").count();
  const folded = await page.locator("#more-framework").evaluate((details) => details.open);
  assert.equal(folded, false);
  await field.fill("FLASK 2.2");
  assert.equal(await shown(), 1);
  const value = page.locator('input[name="framework"][value="Flask 2.2"]');
  assert.ok(await value.isVisible(), "the list is unfolded");
  await page.keyboard.press("Enter");
  assert.equal(new URL(page.url()).search, "", "nothing is searched for");
  await value.check();
  await page.waitForURL("**/hostile?framework=Flask+2.2");
  await page.locator(".chip", { hasText: "Flask 2.2" }).waitFor();
  assert.equal(await field.inputValue(), "FLASK 2.2", "what was typed stays");
  assert.equal(await shown(), 1);
  await field.fill("");
  assert.ok((await shown()) > 10);
  assert.ok(await isSamePage(page));
});

onPage("long lists of values have no field without a script", "/hostile", async (page) => {
  assert.equal(await page.locator(".find").count(), 0);
}, { javaScriptEnabled: false });

onPage("a name for a comparison is suggested", "/plone/-/compare?p=plone.api", async (page) => {
  await page.locator("#add").pressSequentially("resta");
  await page.waitForFunction(() => [...document.querySelectorAll("#names option")].some((one) => one.value === "plone.restapi"));
  assert.equal(await page.locator("#add").getAttribute("list"), "names");
  await page.locator("#add").fill("plone.restapi");
  await page.keyboard.press("Enter");
  await page.locator("thead th", { hasText: "plone.restapi" }).waitFor();
  await page.locator("form.choose button").click();
  await page.waitForURL("**/plone?compare=plone.api&compare=plone.restapi");
  await page.locator("#q").fill("authomatic");
  await shows(page, "pas.plugins.authomatic");
  await page.waitForURL("**/plone?q=authomatic&compare=plone.api&compare=plone.restapi");
  await page.locator(".compare-link").click();
  await page.locator("thead th", { hasText: "pas.plugins.authomatic" }).waitFor();
  assert.equal(await page.locator("thead th").count(), 3);
});

onPage("a filter that is typed waits for Enter", "/plone", async (page) => {
  const asked = [];
  await routeParts(page, (route, address) => {
    asked.push(address.searchParams.get("q"));
    return route.continue();
  });
  await page.locator("#q").fill("python:3.1");
  // A later search has been answered: an earlier one would have been asked, too.
  await page.locator('input[name="framework"][value="Plone 6.2"]').check();
  await page.waitForURL("**/plone?framework=Plone+6.2&python=3.1");
  await page.locator(".chip", { hasText: "Python" }).click();
  await page.waitForURL("**/plone?framework=Plone+6.2");
  await page.locator("#q").fill("python:3.12 rest");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/plone?q=rest&framework=Plone+6.2&python=3.12");
  await page.locator(".chip", { hasText: "Python: 3.12" }).waitFor();
  assert.equal(await page.inputValue("#q"), "rest", "the filter is no longer a word");
  assert.deepEqual(asked, ["python:3.1", null, "python:3.12 rest"]);
});

onPage("removing a filter and turning a page move the focus to the list", "/hostile?framework=Flask+2.3", async (page) => {
  const isInList = () => page.evaluate(() => document.querySelector("#results h1") === document.activeElement);
  await page.locator(".chip").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/hostile");
  await page.locator(".chip", { hasText: "Flask 2.3" }).waitFor({ state: "detached" });
  assert.ok(await isInList(), "after a filter is gone");
  await page.locator(".pages a[rel=next]").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/hostile?page=2");
  await page.locator('.pages a[aria-current="page"]', { hasText: "2" }).waitFor();
  assert.ok(await isInList(), "after a page is turned");
  assert.ok(await page.locator("#results h1").evaluate((heading) => heading.getBoundingClientRect().top >= 0), "the heading is in view");
});

onPage("back and forward lead through refinements", "/plone", async (page) => {
  await mark(page);
  const states = [];
  const remember = async () => states.push({ url: page.url(), hits: await hits(page), words: await page.inputValue("#q") });
  await remember();
  await page.locator('input[name="framework"][value="Plone 6.1"]').check();
  await page.waitForURL("**/plone?framework=Plone+6.1");
  await page.locator(".chip").first().waitFor();
  await remember();
  await page.locator("#q").fill("plone");
  await page.waitForURL("**/plone?q=plone&framework=Plone+6.1");
  states[1] = { url: page.url(), hits: await hits(page), words: "plone" };
  await page.locator('input[name="python"][value="3.12"]').check();
  await page.waitForURL("**/plone?q=plone&framework=Plone+6.1&python=3.12");
  await page.locator(".chip", { hasText: "Python" }).waitFor();
  await remember();
  const isAt = async (state) => {
    await page.waitForURL(state.url);
    await shows(page, state.hits);
    assert.equal(await page.inputValue("#q"), state.words);
    const ticked = await page.locator(".refine input[type=checkbox]:checked").evaluateAll((boxes) => boxes.map((box) => box.value));
    const address = new URL(state.url).searchParams;
    assert.deepEqual(ticked, [...address.getAll("framework"), ...address.getAll("python")]);
  };
  for (const number of [1, 0]) {
    await page.goBack();
    await isAt(states[number]);
  }
  for (const number of [1, 2]) {
    await page.goForward();
    await isAt(states[number]);
  }
  assert.ok(await isSamePage(page));
});

onPage("the same search twice is one step of the history", "/", async (page) => {
  await page.goto("/plone");
  await page.locator("#q").fill("authomatic");
  await page.waitForURL("**/plone?q=authomatic");
  const answered = page.waitForResponse("**/plone?q=authomatic");
  await page.locator("#q").press("Enter");
  await answered;
  await page.waitForFunction(() => !document.querySelector("#results[aria-busy]"));
  await page.goBack();
  await page.waitForURL(`${url}/`);
});

onPage("a link within the page does not search again", "/plone", async (page) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await mark(page);
  await page.evaluate(() => {
    document.querySelector("#results").isSame = true;
  });
  await page.locator(".jump a").click();
  await page.waitForURL("**/plone#refine");
  const top = page.waitForFunction(() => Math.abs(document.querySelector("#refine").getBoundingClientRect().top) < 100);
  await top;
  await page.goBack();
  await page.waitForURL("**/plone");
  assert.ok(await page.evaluate(() => document.querySelector("#results").isSame), "the list is the same");
});

onPage("a late answer never replaces a newer one", "/plone", async (page) => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await routeParts(page, async (route, address) => {
    if (address.searchParams.get("q") === "taxonomy") await held;
    // The page may have given it up.
    await route.continue().catch(() => {});
  });
  const slow = page.waitForRequest("**/plone?q=taxonomy");
  await page.locator("#q").fill("taxonomy");
  const request = await slow;
  const isOver = page.waitForEvent("requestfailed", (one) => one === request);
  await page.locator("#q").fill("authomatic");
  await shows(page, "pas.plugins.authomatic");
  release();
  await isOver;
  await shows(page, "pas.plugins.authomatic");
  assert.equal(new URL(page.url()).searchParams.get("q"), "authomatic");
});

const UNAVAILABLE = /status of 503|net::ERR_FAILED/;
for (const [name, fail] of [
  ["while the search is not available", (route) => route.fulfill({ status: 503, body: "" })],
  ["while the connection fails", (route) => route.abort()],
]) {
  onPage(`${name}, the packages found before stay, with a message`, "/plone", async (page) => {
    const before = await hits(page);
    await mark(page);
    let isDown = true;
    await routeParts(page, (route) => (isDown ? fail(route) : route.continue()));
    await page.locator("#q").fill("authomatic");
    await page.locator("#status", { hasText: "not available" }).waitFor();
    assert.deepEqual(await hits(page), before);
    assert.equal(await page.inputValue("#q"), "authomatic", "the words stay");
    isDown = false;
    await page.locator("#q").press("Enter");
    await shows(page, "pas.plugins.authomatic");
    await page.locator("#status", { hasText: "1 package" }).waitFor();
    assert.ok(await isSamePage(page));
  }, { expected: UNAVAILABLE });
}

onPage("after any other failure the browser goes there", "/plone", async (page) => {
  await routeParts(page, (route) => route.fulfill({ status: 500, body: "" }));
  await page.locator("#q").fill("authomatic");
  await page.waitForURL("**/plone?q=authomatic");
  await shows(page, "pas.plugins.authomatic");
  assert.equal(await page.inputValue("#q"), "authomatic");
}, { expected: /status of 500/ });

async function searchAndFilterPlainly(page) {
  await page.locator("#q").fill("plone");
  await page.locator("#q").press("Enter");
  await page.waitForURL("**/plone?q=plone");
  await page.locator('input[name="framework"][value="Plone 6.1"]').check();
  await page.locator(".refine button[type=submit]").click();
  await page.waitForURL("**/plone?q=plone&framework=Plone+6.1");
  assert.ok((await hits(page)).includes("plone.restapi"));
  await page.locator(".chips .chip").click();
  await page.waitForURL("**/plone?q=plone");
  await page.locator(HITS).first().click();
  await page.locator("h1 .version").waitFor();
}

const plain = [
  ["the script is switched off", undefined, { javaScriptEnabled: false }],
  ["the script does not come", (route) => route.abort(), { expected: /ERR_FAILED/ }],
  ["the script throws", (route) => route.fulfill({ contentType: "text/javascript", body: 'throw new Error("broken")' }), { expected: /broken/ }],
];
for (const [name, answer, options] of plain) {
  onPage(`everything works if ${name}`, "/", async (page) => {
    if (answer) await page.route("**/gallery.*.js", answer);
    await page.goto("/plone");
    await searchAndFilterPlainly(page);
  }, options);
}
