// Runs the program: a command to its end, or a server until it is stopped.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { once } from "node:events";

// What the program reads from the environment; the tests' own settings alone count.
const FOREIGN = /^(PYFA|ARCHIVE|OPENHUMANS|PYPI|TYPESENSE|GITHUB|OSV|CLICKHOUSE|PYPISTATS|HEALTH|DEFAULT_PROFILE|PROFILES_DIR|GALLERY)/;

function environment(settings) {
  const kept = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  return { ...Object.fromEntries(kept), ...settings };
}

// Runs a command to its end; fails if it does.
export async function run(program, words, folder, settings = {}) {
  const child = spawn(program, words, { cwd: folder, env: environment(settings) });
  let said = "";
  child.stdout.on("data", (text) => (said += text));
  child.stderr.on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${code}:\n${said}`);
  return said;
}

// Starts `serve` on a free port and waits for its address.
export async function serve(program, folder, words = [], settings = {}) {
  const child = spawn(program, ["serve", "--listen", "127.0.0.1:0", ...words], {
    cwd: folder,
    env: environment(settings),
  });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  const closed = once(child, "close");
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    url = line.match(/^serving .* at (http:\/\/\S+)$/)?.[1];
    if (url) break;
  }
  if (!url) throw new Error(`${program} serve did not say where it is:\n${said}`);
  child.stdout.resume();
  return {
    url,
    processId: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}
