// A registry with a few projects, for metadata that no real project has.

import { createServer } from "node:http";
import { once } from "node:events";

const INDEX_TYPE = "application/vnd.pypi.simple.v1+json";

function releaseDocument(project, version) {
  const name = project.info.name;
  const file = {
    filename: `${name}-${version}.tar.gz`,
    packagetype: "sdist",
    size: 12_345,
    upload_time_iso_8601: "2026-06-01T12:00:00.000000Z",
    url: `https://files.example.org/${name}-${version}.tar.gz`,
    yanked: false,
    yanked_reason: null,
    ...project.file,
  };
  return {
    info: { ...project.info, version },
    last_serial: 1,
    releases: Object.fromEntries(project.versions.map((one) => [one, [file]])),
    urls: [file],
    vulnerabilities: [],
  };
}

function normalised(name) {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

// Projects are `{info, versions, file}`; `info` is what PyPI calls so.
export async function startRegistry(projects) {
  const byName = new Map(projects.map((project) => [normalised(project.info.name), project]));
  const server = createServer((request, response) => {
    const [kind, name, version] = request.url.split("/").slice(1).map(decodeURIComponent);
    let body;
    if (kind === "simple" && !name) {
      const listed = projects.map(({ info }) => ({ name: info.name, "_last-serial": 1 }));
      body = { meta: { "_last-serial": 1, "api-version": "1.4" }, projects: listed };
    } else if (kind === "pypi" && byName.has(name)) {
      const project = byName.get(name);
      body = releaseDocument(project, version === "json" ? project.versions.at(-1) : version);
    }
    response.writeHead(body ? 200 : 404, {
      "content-type": kind === "simple" ? INDEX_TYPE : "application/json",
      "x-pypi-last-serial": "1",
    });
    response.end(body ? JSON.stringify(body) : "{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
