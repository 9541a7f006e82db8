// The archive's pages: somebody signs in, connects GitHub, watches the archive grow, and leaves.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import assert from "node:assert/strict";

import { launch, none, openPage, sidewaysOverflow, violations } from "./kit/browser.mjs";
import { serve } from "./kit/process.mjs";

const program = process.env.PYFA_PROGRAM;
const services = join(dirname(program), "fake-archive");
const skip = existsSync(services) ? false : `there is no ${services}; build it with cargo build --workspace`;

let browser, folder, child, lines, server;

// The next line that the services say.
const next = async () => JSON.parse((await lines.next()).value);
const there = async () => {
  child.stdin.write("\n");
  return next();
};

before(async () => {
  if (skip) return;
  child = spawn(services, { stdio: ["pipe", "pipe", "inherit"] });
  lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const addresses = await next();
  folder = await mkdtemp(join(tmpdir(), "pyfa-archive-"));
  server = await serve(program, folder, ["--archive", "--worker"], {
    ARCHIVE_KEY: Buffer.alloc(32, 7).toString("base64"),
    GITHUB_API_URL: addresses.github,
    GITHUB_WEB_URL: addresses.github,
    GITHUB_COOLOFFTIME: "0",
    GITHUB_CLIENT_ID: "app",
    GITHUB_CLIENT_SECRET: "secret-of-app",
    OPENHUMANS_BASE_URL: addresses.open_humans,
    OPENHUMANS_CLIENT_ID: "project",
    OPENHUMANS_CLIENT_SECRET: "secret-of-project",
    // Nothing else runs by the clock.
    PYFA_SCHEDULE_FETCH_INCREMENTAL: "off",
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  child?.stdin.end();
  if (folder) await rm(folder, { recursive: true, force: true });
});

// What every page has to hold.
async function check(page, complaints) {
  none({ rules: await violations(page), overflow: await sidewaysOverflow(page) });
  // A sign-in leads elsewhere, and the browser says so.
  none({ complaints: complaints.filter((one) => !one.startsWith("foreign request")) });
}

for (const viewport of [{ width: 1280, height: 900 }, { width: 320, height: 640 }]) {
  test(`a member comes, stays and goes, ${viewport.width} px wide`, { skip }, async () => {
    const { page, context, complaints, close } = await openPage(browser, server.url, { viewport });
    try {
      await page.goto("/archive/");
      await check(page, complaints);
      await page.getByRole("link", { name: "About" }).click();
      await check(page, complaints);
      await page.goto("/archive/");
      await page.getByRole("button", { name: "Sign in with Open Humans" }).click();
      await page.waitForURL("**/archive/dashboard");
      await check(page, complaints);
      const cookies = await context.cookies();
      assert.ok(cookies.length && cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === "Lax"), JSON.stringify(cookies));

      await page.getByRole("button", { name: "Connect GitHub" }).click();
      await page.waitForURL("**/archive/dashboard");
      await page.getByText("ada", { exact: true }).waitFor();
      // The page shows by itself how far it is.
      await page.getByText("finished through week").waitFor({ timeout: 60_000 });
      await check(page, complaints);
      assert.deepEqual((await there()).files, ["github-archive.json"]);
      await page.getByRole("button", { name: "Update now" }).click();
      await page.getByText(/An update (begins|is running)|updated by itself/).waitFor();

      await page.getByRole("button", { name: "Disconnect GitHub" }).click();
      await page.getByRole("button", { name: "Connect GitHub" }).waitFor();
      assert.deepEqual((await there()).files, ["github-archive.json"], "the archive stays");

      await page.getByRole("link", { name: "Delete everything" }).click();
      await check(page, complaints);
      await page.getByRole("button", { name: "Delete everything" }).click();
      await page.getByText("Everything is deleted").waitFor();
      await check(page, complaints);
      assert.deepEqual(await there(), { files: [], tokens: 0 });
      await page.goto("/archive/dashboard");
      await page.getByRole("button", { name: "Sign in with Open Humans" }).waitFor();
    } finally {
      await close();
    }
  });
}
