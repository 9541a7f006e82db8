// A web server for a folder of files, as plain as they come: no rewriting, no headers of its own.

import { createServer } from "node:http";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".xml": "application/xml",
  ".ico": "image/svg+xml",
};

// Serves `folder` below a path such as `/deep/site`: `{url, asked, stop}`.
export async function serveFiles(folder, path) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const target = decodeURIComponent(new URL(request.url, "http://x").pathname);
    asked.push(request.url);
    let file = normalize(join(folder, target.slice(path.length)));
    const answer = (status, type, body) => response.writeHead(status, { "content-type": type }).end(body);
    try {
      if (!target.startsWith(`${path}/`) || !file.startsWith(folder)) throw new Error("outside");
      if ((await stat(file)).isDirectory()) {
        if (!target.endsWith("/")) return response.writeHead(301, { location: `${request.url}/` }).end();
        file = join(file, "index.html");
      }
      answer(200, TYPES[extname(file)] ?? "application/octet-stream", await readFile(file));
    } catch {
      answer(404, TYPES[".html"], await readFile(join(folder, "404.html")));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
