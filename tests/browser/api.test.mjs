// The pages of the API: what they draw of its description, and a request that somebody tries out there.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";

import { launch, none, openPage } from "./kit/browser.mjs";
import { run } from "./kit/process.mjs";

const url = process.env.GALLERY_URL;

let browser, document;
before(async () => {
  browser = await launch();
  document = await (await fetch(`${url}/api/v1/openapi.json`)).json();
});
after(() => browser.close());

// All operations of the description, as `GET /api/v1/issues`.
function operations() {
  const paths = Object.entries(document.paths);
  const all = paths.flatMap(([path, methods]) => Object.keys(methods).map((method) => [method, path]));
  return all.filter(([method]) => ["get", "post", "put", "delete"].includes(method));
}

test("Swagger UI shows every operation, and a key opens them", async () => {
  const words = ["-q", "manage", "--add-api-key", "browser", "--scopes", "read"];
  const key = (await run(process.env.PYFA_PROGRAM, words, process.env.PYFA_FOLDER)).trim();
  const { page, complaints, close } = await openPage(browser, url);
  await page.goto("/api/v1/docs");
  await page.waitForSelector(".opblock");
  const shown = await page.$$eval(".opblock", (blocks) =>
    blocks.map((block) => [
      block.querySelector(".opblock-summary-method").textContent.toLowerCase(),
      block.querySelector(".opblock-summary-path").dataset.path,
    ]),
  );
  assert.deepEqual(shown.map(String).sort(), operations().map(String).sort());

  await page.click(".btn.authorize");
  await page.fill(".dialog-ux input", key);
  await page.click(".dialog-ux .btn.authorize");
  await page.click(".dialog-ux .btn-done");
  const list = page.locator(".opblock", { has: page.locator('[data-path$="/profiles"]') });
  await list.locator(".opblock-summary-control").click();
  await list.locator(".btn.execute").click();
  const status = list.locator(".live-responses-table tbody .response-col_status").first();
  await status.waitFor();
  assert.match(await status.textContent(), /200/);
  assert.match(await list.locator(".live-responses-table").textContent(), /plone/);
  none({ complaints });
  await close();
});

test("Redoc shows every operation", async () => {
  const { page, complaints, close } = await openPage(browser, url);
  await page.goto("/api/v1/redoc");
  await page.waitForSelector("[data-section-id^='tag']");
  const title = await page.locator("h1").first().textContent();
  assert.ok(title.includes(document.info.title), title);
  const text = await page.locator("body").textContent();
  const missing = operations().filter(([, path]) => !text.includes(path));
  assert.deepEqual(missing, []);
  none({ complaints });
  await close();
});
