// Pages of what commands print and write, for pictures of it.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}

// A terminal in which each command was typed: `[[words, what it said], …]`.
export function terminalPage(commands) {
  const lines = commands.map(([words, said]) => `<b>$ pyfa ${escaped(words.join(" "))}</b>\n${escaped(said)}`);
  return `<!doctype html><meta charset="utf-8"><title>pyfa</title>
    <style>
      body { margin: 0; padding: 24px; width: max-content; background: #14181f; color: #d7dce5; }
      pre { margin: 0; font: 15px/1.5 "DejaVu Sans Mono", monospace; white-space: pre; }
      b { color: #8fd3a8; font-weight: 400; }
    </style><pre>${lines.join("\n")}</pre>`;
}

// The charts of a report of activity, two in a row.
export async function chartsPage(folder, names) {
  const charts = await Promise.all(names.map((name) => readFile(join(folder, `${name}.svg`), "utf8")));
  const figures = charts.map((chart) => `<figure>${chart}</figure>`);
  return `<!doctype html><meta charset="utf-8"><title>Activity</title>
    <style>
      body { margin: 0; padding: 16px; background: #fff; display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
      figure { margin: 0; }
      svg { width: 100%; height: auto; display: block; }
    </style>${figures.join("")}`;
}
