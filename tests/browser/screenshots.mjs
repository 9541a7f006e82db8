// Takes the pictures of the documentation: `node screenshots.mjs PROGRAM FOLDER`.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { launch, openPage } from "./kit/browser.mjs";
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

const [program, folder] = process.argv.slice(2);
const scene = await startScene(program, { isHostile: false });
const browser = await launch();
try {
  for (const colorScheme of ["light", "dark"]) {
    const { page, context } = await openPage(browser, scene.url, { colorScheme, viewport: VIEWPORT, reducedMotion: "reduce" });
    const session = await context.newCDPSession(page);
    for (const [name, [path, upper]] of Object.entries(PICTURES)) {
      await page.goto(path);
      if (upper) await page.locator(upper).evaluate((element) => element.scrollIntoView());
      const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
      const picture = Buffer.from(data, "base64");
      if (picture.length > LARGEST) throw new Error(`${name} has ${picture.length} bytes, more than ${LARGEST}`);
      const file = join(folder, `${name}-${colorScheme}.webp`);
      await writeFile(file, picture);
      console.log(`${file}: ${picture.length} bytes`);
    }
    await context.close();
  }
} finally {
  await browser.close();
  await scene.stop();
}
