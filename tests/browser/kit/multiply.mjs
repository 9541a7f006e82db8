// Makes many packages of the sample's, each with a name, numbers and words of its own.

// The same numbers in every run.
function* numbers(seed) {
  let state = seed;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

// Batches of documents, as many as are asked for in all.
export function* multiply(documents, count, batch = 50) {
  const random = numbers(7);
  const draw = (below) => Math.floor(random.next().value * below);
  const pick = (list) => list[draw(list.length)];
  const words = [...new Set(documents.flatMap(({ summary, keywords }) => `${summary} ${keywords.join(" ")}`.toLowerCase().match(/[a-z]{4,}/g) ?? []))].sort();
  const values = (field) => [...new Set(documents.flatMap((document) => document[field]))].sort();
  const [frameworks, pythons] = [values("framework_versions"), values("python_versions")];
  for (let begin = 0; begin < count; begin += batch) {
    const numbersOfBatch = Array.from({ length: Math.min(batch, count - begin) }, (_, place) => begin + place);
    yield numbersOfBatch.map((number) => {
      const document = documents[number % documents.length];
      const name = `${pick(["collective", "plone", "acme"])}.${pick(words)}${pick(words)}${number}`;
      const some = (list) => list.filter(() => draw(3) === 0);
      return {
        ...document,
        id: `${name}-${document.version}`,
        identifier: `${name}-${document.version}`,
        name,
        name_sortable: name,
        name_joined: [name.replaceAll(".", "")],
        summary: `${document.summary} ${pick(words)} ${pick(words)}`,
        keywords: [pick(words), pick(words), pick(words)],
        framework_versions: some(frameworks),
        python_versions: some(pythons),
        upload_timestamp: document.upload_timestamp - draw(100_000_000),
        health_score: draw(101),
        download_last_month: draw(1_000_000),
        github_stars: draw(2_000),
        dependents: draw(40),
        search_rank: draw(1_000),
        is_latest: true,
      };
    });
  }
}
