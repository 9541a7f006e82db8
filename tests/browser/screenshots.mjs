// Takes the pictures of the documentation: `node screenshots.mjs PROGRAM FOLDER`.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { launch, openPage } from "./kit/browser.mjs";
import { run } from "./kit/process.mjs";
import { chartsPage, terminalPage } from "./kit/report.mjs";
import { startScene } from "./kit/scene.mjs";

const VIEWPORT = { width: 1200, height: 800 };
const QUALITY = 82;
// Bytes of a picture, which everybody loads who opens the page that shows it.
const LARGEST = 80_000;
// By name: the path, and what stands at the upper edge.
const PICTURES = {
  list: ["/plone"],
  package: ["/plone/plone.restapi"],
  health: ["/plone/plone.restapi/-/health", ".tabs"],
};

// What is typed for the picture of jobs.
const JOBS = [
  ["jobs", "run", "health", "--target", "plone"],
  ["jobs", "run", "health", "--target", "django"],
  ["worker", "--once"],
  ["jobs", "list"],
  ["jobs", "schedules"],
];
const CHARTS = ["opened-and-closed", "backlog", "first-response", "contributors"];

const [program, folder] = process.argv.slice(2);

// Takes a picture of what stands on the page, or of all of the page that `content` makes.
async function take(session, name, options = {}) {
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY, ...options });
  const picture = Buffer.from(data, "base64");
  if (picture.length > LARGEST) throw new Error(`${name} has ${picture.length} bytes, more than ${LARGEST}`);
  const file = join(folder, `${name}.webp`);
  await writeFile(file, picture);
  console.log(`${file}: ${picture.length} bytes`);
}

// What commands print and write: `{name: page}`.
async function reportPages(scene) {
  const settings = { PYFA_JOB_HOST: "gallery-1" };
  const typed = [];
  for (const words of JOBS) typed.push([words, await run(program, ["-q", ...words], scene.folder, settings)]);
  await run(program, ["activity", "sync", "--sample"], scene.folder);
  const report = join(scene.folder, "report");
  await run(program, ["activity", "metrics", "--format", "markdown", "--since", "2025-09-01", "--until", "2026-01-05", "--output", report], scene.folder);
  return { jobs: terminalPage(typed), activity: await chartsPage(report, CHARTS) };
}

const scene = await startScene(program, { isHostile: false });
const browser = await launch();
try {
  for (const colorScheme of ["light", "dark"]) {
    const { page, context } = await openPage(browser, scene.url, { colorScheme, viewport: VIEWPORT, reducedMotion: "reduce" });
    const session = await context.newCDPSession(page);
    for (const [name, [path, upper]] of Object.entries(PICTURES)) {
      await page.goto(path);
      if (upper) await page.locator(upper).evaluate((element) => element.scrollIntoView());
      await take(session, `${name}-${colorScheme}`);
    }
    await context.close();
  }
  const { page, context } = await openPage(browser, scene.url, { viewport: VIEWPORT });
  const session = await context.newCDPSession(page);
  for (const [name, content] of Object.entries(await reportPages(scene))) {
    await page.setContent(content);
    const { width, height } = await page.locator("body").boundingBox();
    await take(session, name, { captureBeyondViewport: true, clip: { x: 0, y: 0, width, height, scale: 1 } });
  }
  await context.close();
} finally {
  await browser.close();
  await scene.stop();
}
