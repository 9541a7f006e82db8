// Every kind of page, in both themes, wide and narrow, with and without a script: accessible, silent,
// asking nobody else, and no wider than the window.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";

import { launch, none, openPage, sidewaysOverflow, violations } from "./kit/browser.mjs";
import { PAGES } from "./kit/pages.mjs";

const url = process.env.GALLERY_URL;
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function visit(page, { path, status = 200 }) {
  const response = await page.goto(path);
  assert.equal(response.status(), status, path);
  assert.equal(await page.evaluate(() => window.broken), undefined, "a script of a stranger ran");
}

// A page that says 404 makes the browser say so, too.
function unexpected(complaints, { status = 200 }) {
  return complaints.filter((complaint) => status === 200 || !complaint.includes(`${status} (`));
}

// A page on which no script of ours does anything.
async function openWithEmptyScripts(options) {
  const { page } = await openPage(browser, url, options);
  await page.route("**/*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
  return page;
}

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [WIDE, NARROW]) {
    for (const javaScriptEnabled of [true, false]) {
      const script = javaScriptEnabled ? "with" : "without";
      test(`pages, ${colorScheme}, ${viewport.width} px, ${script} a script`, async (t) => {
        const { page, complaints, close } = await openPage(browser, url, { colorScheme, viewport, javaScriptEnabled });
        // What judges the page is a script: where none runs, it judges the same page with empty scripts.
        const judged = javaScriptEnabled ? page : await openWithEmptyScripts({ colorScheme, viewport });
        for (const [name, kind] of Object.entries(PAGES)) {
          await t.test(name, async () => {
            complaints.length = 0;
            await visit(page, kind);
            if (judged !== page) await visit(judged, kind);
            none({
              layout: await sidewaysOverflow(page),
              accessibility: await violations(judged),
              complaints: unexpected(complaints, kind),
            });
          });
        }
        await close();
        if (judged !== page) await judged.context().close();
      });
    }
  }
}

test("pages at 320 px, and with text of twice the size", async (t) => {
  const { page, close } = await openPage(browser, url, { viewport: { width: 320, height: 640 } });
  for (const [name, kind] of Object.entries(PAGES)) {
    await t.test(name, async () => {
      await visit(page, kind);
      const plain = await sidewaysOverflow(page);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
      });
      none({ plain, "large text": await sidewaysOverflow(page) });
    });
  }
  await close();
});
