// Asks for pages over a number of connections, and reads what that costs a process.

import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";

// Of the processor's time in /proc, in a second.
const TICKS = 100;

// Milliseconds of processor time since the process began.
export function processorTime(processId) {
  const fields = readFileSync(`/proc/${processId}/stat`, "utf8").split(") ")[1].split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

// Megabytes that no file stands behind, and those that are resident.
export function memory(processId) {
  const status = readFileSync(`/proc/${processId}/status`, "utf8");
  const read = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, "m"))[1]) / 1000;
  return { anonymous: read("RssAnon"), resident: read("VmRSS") };
}

function ask(agent, address) {
  return new Promise((resolve, reject) => {
    const request = get(address, { agent, headers: { "accept-encoding": "gzip" } }, (response) => {
      response.resume();
      response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(`${address}: ${response.statusCode}`))));
    });
    request.on("error", reject);
  });
}

// Asks for the paths in turn, `count` times in all or for so many seconds; times in milliseconds.
export async function load(url, paths, { connections, count = Infinity, seconds = Infinity }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times = [];
  const begun = performance.now();
  let next = 0;
  const walk = async () => {
    while (next < count && performance.now() - begun < seconds * 1000) {
      const path = paths[next++ % paths.length];
      const asked = performance.now();
      await ask(agent, url + path);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, walk));
  agent.destroy();
  return { count: times.length, seconds: (performance.now() - begun) / 1000, ...spread(times) };
}

// The middle, the 95th of a hundred, and the largest of some numbers.
export function spread(list) {
  const sorted = [...list].sort((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p95: at(0.95), most: sorted.at(-1) };
}
