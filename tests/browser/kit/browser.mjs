// Chromium, and what every page has to hold whatever it shows.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

import { chromium } from "playwright-core";

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
// They also keep the browser from asking its maker for anything.
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

// A page in a context of its own, and everything that it complains of.
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: url, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== new URL(url).origin && asked.protocol !== "data:") complaints.push(`foreign request: ${asked}`);
  });
  return { page, context, complaints, close: () => context.close() };
}

// What is wider than the window, if the page can be moved sideways.
export function sidewaysOverflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll("body *")].filter((element) => {
      const scrolls = element.parentElement.closest(".table, pre");
      return !scrolls && element.getBoundingClientRect().right > width + 1;
    });
    return ["scrolls sideways", ...wide.slice(0, 5).map((one) => `${one.localName}.${one.className}: ${one.outerHTML.slice(0, 200)}`)];
  });
}

// The accessibility rules that the page breaks.
export async function violations(page) {
  // By evaluating it, because the page's own policy lets no script of ours in.
  await page.evaluate(axe);
  const result = await page.evaluate((tags) => window.axe.run({ runOnly: tags, resultTypes: ["violations"] }), RULES);
  return result.violations.map(({ id, nodes }) => {
    const shown = nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.failureSummary.split("\n")[1]?.trim()}`);
    return `${id} (${nodes.length}): ${shown.join("; ")}`;
  });
}

// Holds that there is no problem of any kind: `{kind: [problem, …], …}`.
export function none(problems) {
  const found = Object.entries(problems).filter(([, list]) => list.length);
  assert.ok(!found.length, found.map(([kind, list]) => `${kind}:\n  ${list.join("\n  ")}`).join("\n"));
}
