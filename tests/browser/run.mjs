// Starts a gallery, runs the tests against it, and stops it.
//
//     node run.mjs PROGRAM [ARGUMENTS OF node --test]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { startScene } from "./kit/scene.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const [program, ...words] = process.argv.slice(2);
const files = words.filter((word) => !word.startsWith("--"));
const options = words.filter((word) => word.startsWith("--"));
const all = readdirSync(folder).filter((name) => name.endsWith(".test.mjs"));

const scene = await startScene(program);
// One file after the other: what is measured must not be disturbed.
const child = spawn(
  process.execPath,
  ["--test", "--test-concurrency=1", "--test-reporter=spec", ...options, ...(files.length ? files : all).map((name) => join(folder, name))],
  { stdio: "inherit", env: { ...process.env, GALLERY_URL: scene.url, PYFA_PROGRAM: program, PYFA_FOLDER: scene.folder } },
);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
const [code] = await once(child, "close");
await scene.stop();
process.exitCode = code ?? 1;
