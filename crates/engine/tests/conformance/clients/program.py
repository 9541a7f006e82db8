"""What the Python client does and gets, one line of JSON for each."""

import json
import sys

import typesense

host, port, key = sys.argv[1:]
server = {
    "nodes": [{"host": host, "port": port, "protocol": "http"}],
    "connection_timeout_seconds": 10,
    "num_retries": 0,
}
client = typesense.Client({**server, "api_key": key})


def say(what, call):
    try:
        value = call()
    except typesense.exceptions.TypesenseClientError as error:
        value = [type(error).__name__, str(error)]
    print(json.dumps({"what": what, "value": value}))


def documents(name="packages"):
    return client.collections[name].documents


schema = {
    "name": "packages",
    "fields": [
        {"name": "name", "type": "string"},
        {"name": "n", "type": "int32", "facet": True},
    ],
}
one = {"id": "1", "name": "plone api", "n": 1}
more = [{"id": str(n), "name": f"package {n}", "n": n} for n in range(2, 8)]

say("health", client.operations.is_healthy)
say("create", lambda: client.collections.create(schema))
say("create again", lambda: client.collections.create(schema))
say("create badly", lambda: client.collections.create({"name": "bad", "fields": []}))
say("list", client.collections.retrieve)
say("document", lambda: documents().create(one))
say("document again", lambda: documents().create(one))
say("upsert", lambda: documents().upsert(one))
say("import", lambda: documents().import_(more, {"action": "upsert"}))
say("in batches", lambda: documents().import_(more, {"action": "upsert"}, batch_size=4))
say("import badly", lambda: documents().import_([{"id": "9"}, one], {"action": "create"}))
say("import text", lambda: documents().import_(json.dumps(one), {"action": "upsert"}))
say("get", lambda: documents()["1"].retrieve())
say("update", lambda: documents()["1"].update({"n": 10}))
say("update by filter", lambda: documents().update({"n": 11}, {"filter_by": "n:99"}))
say("absent", lambda: documents()["zz"].retrieve())
say("search", lambda: documents().search({"q": "package", "query_by": "name", "prefix": False, "per_page": 3}))
say("search badly", lambda: documents().search({"q": "x", "query_by": "nope"}))
say("many", lambda: client.multi_search.perform({"searches": [{"collection": "packages", "q": "plone"}]}, {"query_by": "name"}))
say("export", lambda: documents().export({"include_fields": "id"}))
say("delete", lambda: documents()["1"].delete())
say("delete by filter", lambda: documents().delete({"filter_by": "n:>5"}))
say("alias", lambda: client.aliases.upsert("current", {"collection_name": "packages"}))
say("aliases", client.aliases.retrieve)
say("by alias", lambda: documents("current").search({"q": "*", "filter_by": "n:<4", "sort_by": "n:desc"}))
made = client.keys.create({"description": "s", "actions": ["documents:search"], "collections": ["packages"]})
say("key", lambda: sorted(made))
scoped = client.keys.generate_scoped_search_key(made["value"], {"filter_by": "n:>3"})
narrow = typesense.Client({**server, "api_key": scoped})
say("scoped", lambda: narrow.collections["packages"].documents.search({"q": "*"}))
say("scoped elsewhere", narrow.collections.retrieve)
say("synonyms", client.collections["packages"].synonyms.retrieve)
say("delete key", lambda: sorted(client.keys[made["id"]].delete()))
say("drop alias", lambda: client.aliases["current"].delete())
say("drop", lambda: client.collections["packages"].delete())
