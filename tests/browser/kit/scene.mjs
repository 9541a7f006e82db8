// A gallery with the sample and a hostile package, in a folder of its own that goes with it.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PROFILE, PROFILE_KEY, PROJECT, hostileDocuments } from "./hostile.mjs";
import { run, serve } from "./process.mjs";
import { startRegistry } from "./registry.mjs";

// The search API of a gallery, with the key that may do everything.
export class Api {
  constructor(url, key) {
    this.url = url;
    this.key = key;
  }

  async ask(path, options = {}) {
    const headers = { "x-typesense-api-key": this.key };
    const response = await fetch(this.url + path, { ...options, headers });
    const body = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`);
    return body;
  }

  async documents(collection, filter = "") {
    const query = new URLSearchParams(filter ? { filter_by: filter } : {});
    return parseLines(await this.ask(`/collections/${collection}/documents/export?${query}`));
  }

  async put(collection, documents) {
    const body = documents.map((document) => JSON.stringify(document)).join("\n");
    const path = `/collections/${collection}/documents/import?action=upsert`;
    const answers = parseLines(await this.ask(path, { method: "POST", body }));
    const failed = answers.find((answer) => !answer.success);
    if (failed) throw new Error(`a document was refused: ${JSON.stringify(failed).slice(0, 500)}`);
  }
}

function parseLines(text) {
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

// Indexes the sample and serves it: `{url, api, processId, folder, stop}`.
export async function startScene(program, { isHostile = true } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "pyfa-browser-"));
  try {
    await run(program, ["up", "--sample", "--no-serve"], folder);
    if (isHostile) await addHostileProject(program, folder);
    const server = await serve(program, folder);
    const key = (await readFile(join(folder, ".pyfa/engine/admin.key"), "utf8")).trim();
    const api = new Api(server.url, key);
    if (isHostile) await api.put(PROFILE_KEY, hostileDocuments(await api.documents(PROFILE_KEY)));
    const stop = async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    };
    return { ...server, api, folder, stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function addHostileProject(program, folder) {
  await mkdir(join(folder, "profiles"));
  await writeFile(join(folder, "profiles", `${PROFILE_KEY}.toml`), PROFILE);
  await writeFile(join(folder, "pyfa.toml"), 'profiles_dir = "profiles"\n');
  const registry = await startRegistry([PROJECT]);
  try {
    const words = ["pypi", "-f", "-p", PROFILE_KEY, "--discovery", "simple"];
    await run(program, words, folder, { PYPI_BASE_URL: registry.url });
  } finally {
    await registry.stop();
  }
}
