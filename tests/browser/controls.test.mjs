// What the pages offer to hands and eyes: the theme, copying, focus, sizes, stillness, paper.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";

import { launch, none, openPage } from "./kit/browser.mjs";
import { PAGES } from "./kit/pages.mjs";

const url = process.env.GALLERY_URL;
const THEME = /^Theme/;
// Pixels; what WCAG 2.2 asks of targets.
const SMALLEST_TARGET = 24;
const LEAST_CONTRAST = 3;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

function onPage(name, options, steps) {
  test(name, async () => {
    const opened = await openPage(browser, url, options);
    try {
      await steps(opened.page, opened.context);
      none({ complaints: opened.complaints });
    } finally {
      await opened.close();
    }
  });
}

function ground(page) {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

onPage("the theme button goes through the themes, and the theme is remembered", { colorScheme: "light" }, async (page) => {
  await page.goto("/plone");
  const light = await ground(page);
  const button = page.getByRole("button", { name: THEME });
  const names = [await button.innerText()];
  const press = async () => {
    await button.click();
    names.push(await button.innerText());
  };
  await press();
  assert.equal(await ground(page), light);
  await press();
  const dark = await ground(page);
  assert.notEqual(dark, light);
  assert.equal(new Set(names).size, 3, `three names: ${names}`);
  // The theme is there before anything of the page is.
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      window.firstTheme = document.documentElement.dataset.theme;
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto("/plone/plone.api");
  assert.equal(await page.evaluate(() => window.firstTheme), "dark");
  assert.equal(await ground(page), dark);
  await press();
  assert.equal(names.at(-1), names[0]);
  assert.equal(await ground(page), light);
  await page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await ground(page), dark, "it follows the system again");
});

onPage("the theme works where nothing can be stored", {}, async (page) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, "localStorage", {
      get() {
        throw new DOMException("denied", "SecurityError");
      },
    });
  });
  await page.goto("/plone");
  const button = page.getByRole("button", { name: THEME });
  await button.click();
  await button.click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
});

onPage("single keys can be switched off, which is remembered", {}, async (page) => {
  const isInBox = () => page.evaluate(() => document.activeElement === document.querySelector('input[type="search"]'));
  await page.goto("/-/help");
  const button = page.getByRole("button", { name: /^Shortcuts/ });
  assert.match(await button.innerText(), /on$/);
  await button.click();
  assert.match(await button.innerText(), /off$/);
  await page.goto("/plone");
  for (const key of ["/", "s"]) {
    await page.keyboard.press(key);
    assert.ok(!(await isInBox()), `${key} does nothing`);
  }
  assert.equal(await page.locator('input[type="search"]').getAttribute("aria-keyshortcuts"), null);
  await page.locator('input[type="search"]').focus();
  await page.keyboard.press("ArrowDown");
  assert.ok(await page.locator(".hits h2 a").first().evaluate((hit) => hit === document.activeElement), "arrows still move");
  await page.goto("/-/help");
  await button.click();
  await page.goto("/plone");
  await page.keyboard.press("s");
  assert.ok(await isInBox());
  assert.equal(await page.locator('input[type="search"]').getAttribute("aria-keyshortcuts"), "/ s");
});

onPage("the command that installs can be copied", { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
  await page.goto("/plone/plone.api");
  await page.locator(".install button").click();
  await page.locator(".install button", { hasText: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "pip install plone.api");
});

onPage("the first key leads past the header", {}, async (page) => {
  await page.goto("/plone");
  await page.keyboard.press("Tab");
  const skip = page.locator(".skip");
  assert.ok((await skip.boundingBox()).y >= 0, "the link comes into view");
  await page.keyboard.press("Enter");
  assert.ok(await page.evaluate(() => document.activeElement.id === "main"));
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)));
});

for (const colorScheme of ["light", "dark"]) {
  onPage(`the focus is visible, ${colorScheme}`, { colorScheme, reducedMotion: "reduce" }, async (page) => {
    for (const path of ["/plone?q=plone&framework=Plone+6.1", "/plone/plone.restapi", "/plone/-/matrix"]) {
      await page.goto(path);
      const first = await focusNext(page);
      const invisible = [];
      let stops = 0;
      for (let stop = first; stop && stops < 200; stop = await focusNext(page)) {
        stops += 1;
        if (stop.outline < 2 || stop.contrast < LEAST_CONTRAST || !stop.isShown) invisible.push(`${path}: ${JSON.stringify(stop)}`);
      }
      assert.ok(stops > 8, `${path} has ${stops} places to go to`);
      none({ invisible });
    }
  });
}

// Presses Tab and describes what has the focus; nothing at the end of the page.
async function focusNext(page) {
  await page.keyboard.press("Tab");
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === document.body || element === window.lastFocus) return null;
    window.lastFocus = element;
    const luminance = (color) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const style = getComputedStyle(element);
    let behind = element.parentElement;
    while (behind.parentElement && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    const [low, high] = [luminance(style.outlineColor), luminance(getComputedStyle(behind).backgroundColor)].sort((one, other) => one - other);
    const box = element.getBoundingClientRect();
    return {
      element: element.outerHTML.slice(0, 100),
      outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
      contrast: (high + 0.05) / (low + 0.05),
      isShown: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    };
  });
}

for (const width of [1280, 360]) {
  onPage(`controls are large enough, ${width} px`, { viewport: { width, height: 740 } }, async (page) => {
    const small = [];
    for (const [name, { path, status }] of Object.entries(PAGES)) {
      if (status) continue;
      await page.goto(path);
      const found = await page.evaluate((smallest) => {
        const controls = document.querySelectorAll("button, input:not([type=hidden], [type=checkbox]), select, summary, label:has(input), nav a, .chip[href], .clear, .exports a, .jump a, .compare-link, .comparing a, .other a, .earlier a");
        return [...controls]
          .filter((one) => one.checkVisibility() && !one.closest(".readme"))
          .map((one) => ({ box: one.getBoundingClientRect(), html: one.outerHTML.slice(0, 120) }))
          .filter(({ box }) => box.width < smallest || box.height < smallest)
          .map(({ box, html }) => `${Math.round(box.width)}×${Math.round(box.height)}: ${html}`);
      }, SMALLEST_TARGET);
      small.push(...found.map((one) => `${name}: ${one}`));
    }
    none({ small });
  });
}

onPage("nothing moves for those who do not want it", { reducedMotion: "reduce" }, async (page) => {
  for (const path of ["/plone", "/plone/plone.api"]) {
    await page.goto(path);
    const moving = await page.evaluate(() => {
      const all = [...document.querySelectorAll("*")].filter((element) => {
        const style = getComputedStyle(element);
        const moves = [style.transitionDuration, style.animationDuration].some((time) => time.split(",").some((one) => parseFloat(one) > 0));
        return moves || style.scrollBehavior === "smooth";
      });
      return all.map((element) => element.outerHTML.slice(0, 100));
    });
    none({ moving });
  }
});

onPage("paper has the content without the controls", { colorScheme: "dark" }, async (page) => {
  await page.goto("/plone");
  await page.getByRole("button", { name: THEME }).click();
  await page.getByRole("button", { name: THEME }).click();
  for (const path of ["/plone?framework=Plone+6.1", "/plone/plone.api", "/plone/-/compare?p=plone.api"]) {
    await page.goto(path);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const left = await page.evaluate(() => {
      const controls = document.querySelectorAll("button, input, select, nav.tabs, nav.links, nav.pages, .jump, .exports, .foot nav");
      return [...controls].filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 100));
    });
    none({ left });
    assert.ok(await page.locator("h1").isVisible());
    assert.equal(await ground(page), "rgb(255, 255, 255)", "paper is white");
    await page.emulateMedia({ media: "screen" });
  }
});
