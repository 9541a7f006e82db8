// What the JavaScript clients do and get, one line of JSON for each.
import Typesense from "typesense";
import Adapter from "typesense-instantsearch-adapter";

const [host, port, apiKey] = process.argv.slice(2);
const server = { nodes: [{ host, port, protocol: "http" }], connectionTimeoutSeconds: 10, numRetries: 0 };
const client = new Typesense.Client({ ...server, apiKey });
const say = (what, value) => console.log(JSON.stringify({ what, value }));
const refused = async (what, call) => {
  try {
    say(what, await call());
  } catch (error) {
    say(what, { name: error.constructor.name, status: error.httpStatus, message: error.message });
  }
};

const name = "packages";
const fields = [
  { name: "name", type: "string" },
  { name: "summary", type: "string", optional: true },
  { name: "classifiers", type: "string[]", facet: true, optional: true },
  { name: "license", type: "string", facet: true, optional: true },
  { name: "downloads", type: "int64", facet: true },
  { name: "yanked", type: "bool", facet: true, optional: true },
];
const packages = [
  { id: "plone.restapi", name: "plone.restapi", summary: "A RESTful API for Plone", classifiers: ["Framework :: Plone", "Language :: Python"], license: "GPL", downloads: 500, yanked: false },
  { id: "plone.api", name: "plone.api", summary: "A Plone API", classifiers: ["Framework :: Plone"], license: "GPL", downloads: 400, yanked: true },
  { id: "requests", name: "requests", summary: "HTTP for Humans", classifiers: ["Language :: Python"], license: "Apache-2.0", downloads: 9000, yanked: false },
  { id: "a b/c", name: "odd", summary: "An odd id", license: "MIT", downloads: 1 },
];
const separators = ["-", ".", "_"];

say("health", await client.health.retrieve());
say("create", await client.collections().create({ name, fields, token_separators: separators }));
await refused("create again", () => client.collections().create({ name, fields }));
await refused("create badly", () => client.collections().create({ name: "bad", fields: [] }));
say("retrieve", await client.collections(name).retrieve());
say("list", await client.collections().retrieve());
say("document", await client.collections(name).documents().create(packages[0]));
await refused("document again", () => client.collections(name).documents().create(packages[0]));
say("upsert", await client.collections(name).documents().upsert(packages[1]));
say("import", await client.collections(name).documents().import(packages.slice(2), { action: "upsert" }));
await refused("import badly", () => client.collections(name).documents().import([{ id: "x" }, packages[2]], { action: "create" }));
say("import text", await client.collections(name).documents().import(JSON.stringify(packages[2]), { action: "upsert" }));
say("get", await client.collections(name).documents("a b/c").retrieve());
say("update", await client.collections(name).documents("a b/c").update({ downloads: 2 }));
say("delete", await client.collections(name).documents("a b/c").delete());
await refused("delete again", () => client.collections(name).documents("a b/c").delete());
say("export", await client.collections(name).documents().export({ include_fields: "id,downloads" }));
say("search", await client.collections(name).documents().search({ q: "plone", query_by: "name,summary", filter_by: "downloads:>100", sort_by: "downloads:desc", facet_by: "license" }));
await refused("search badly", () => client.collections(name).documents().search({ q: "plone", query_by: "nope" }));
await refused("search too much", () => client.collections(name).documents().search({ q: "plone", query_by: "name", per_page: 300 }));
say("multi search", await client.multiSearch.perform({ searches: [{ collection: name, q: "api" }, { collection: "nope", q: "x" }] }, { query_by: "name" }));
say("alias", await client.aliases().upsert("current", { collection_name: name }));
say("aliases", await client.aliases().retrieve());
say("by alias", await client.collections("current").documents().search({ q: "humans", query_by: "summary" }));
const made = await client.keys().create({ description: "search", actions: ["documents:search"], collections: ["current", name] });
say("key", Object.keys(made).sort());
await refused("no key", () => new Typesense.Client({ ...server, apiKey: "wrong" }).collections().retrieve());
const scoped = client.keys().generateScopedSearchKey(made.value, { filter_by: "license:=GPL" });
const narrow = new Typesense.SearchClient({ ...server, apiKey: scoped });
say("scoped", await narrow.collections(name).documents().search({ q: "*" }));
say("scoped many", await narrow.multiSearch.perform({ searches: [{ collection: name, q: "*" }] }));
say("delete key", Object.keys(await client.keys(String(made.id)).delete()));

const key = await client.keys().create({ description: "browser", actions: ["documents:search"], collections: [name] });
const adapter = new Adapter({
  server: { ...server, apiKey: key.value, cacheSearchResultsForSeconds: 0 },
  additionalSearchParameters: { query_by: "name,summary", exclude_fields: "summary" },
  facetableFieldsWithSpecialCharacters: ["classifiers"],
});
const seen = (answer) => answer.results.map((result) => ({
  hits: result.hits.map((hit) => [hit.objectID, hit._highlightResult, hit._snippetResult]),
  nbHits: result.nbHits, page: result.page, nbPages: result.nbPages, hitsPerPage: result.hitsPerPage,
  facets: result.facets, stats: result.facets_stats, query: result.query,
}));
const ask = async (what, requests) => say(what, seen(await adapter.searchClient.search(requests)));
const facets = ["classifiers", "license", "downloads", "yanked"];
await ask("first page", [{ indexName: name, params: { query: "", facets, maxValuesPerFacet: 20, page: 0, hitsPerPage: 2 } }]);
await ask("words", [{ indexName: name, params: { query: "plone a", facets, page: 0 } }]);
await ask("sorted", [{ indexName: `${name}/sort/downloads:asc`, params: { query: "plone", page: 0 } }]);
await ask("refined", [
  { indexName: name, params: { query: "", facets, facetFilters: [["classifiers:Framework :: Plone"], ["license:GPL", "license:MIT"]], numericFilters: ["downloads<=450"], page: 0 } },
  { indexName: name, params: { query: "", facets: "license", facetFilters: [["classifiers:Framework :: Plone"]], hitsPerPage: 0, page: 0 } },
]);
const values = await adapter.searchClient.searchForFacetValues([{ indexName: name, params: { facets: ["classifiers"], facetName: "classifiers", facetQuery: "fram", query: "" } }]);
say("facet values", values.map((one) => one.facetHits));
say("drop", (await client.collections(name).delete()).num_documents);
