// A package whose author wants to break out of every place where something of it is shown.
//
// What a registry can say goes through the whole pipeline, so that its README is made harmless as
// every README is. What enrichers write, and what no registry lets through, is put into the documents.

const SCRIPT = "<script>window.broken = 1</script>";
const IMAGE = '<img src="https://foreign.example/x.png" onerror="window.broken = 2">';
// Ends attributes, elements, comments, templates and lines; then a word that never ends.
const BREAKOUT = `"'>--></title></textarea></script>${SCRIPT}${IMAGE}{{ 7*7 }}{% raw %}\u202e\u2028&lt;&quot;`;
const ENDLESS = "endless".repeat(40);
const BAD_ADDRESS = 'javascript:window.broken=3//"onmouseover="window.broken=4';

const README = `
<h1 onclick="window.broken = 5">Hostile</h1>

${SCRIPT} ${IMAGE} <svg onload="window.broken = 6"><script>window.broken = 7</script></svg>
<iframe src="https://foreign.example/"></iframe>
<style>body { display: none }</style>
<link rel="stylesheet" href="https://foreign.example/x.css">
<meta http-equiv="refresh" content="0; url=https://foreign.example/">
<base href="https://foreign.example/">
<form action="https://foreign.example/"><input name="q" autofocus><button>Search</button></form>
<div id="results" style="position: fixed; inset: 0">covers everything</div>
<p id="status" class="top links hidden">ids and classes of the page</p>
<form id="refine"></form>
</article></main></body></html>

[a link](javascript:window.broken=8) [another](data:text/html,${encodeURIComponent(SCRIPT)})
![an image](https://foreign.example/y.png)

## A heading with ${SCRIPT} in it

| a | table | that | is | too | wide | for | a | page |
|---|---|---|---|---|---|---|---|---|
| ${ENDLESS} | b | c | d | e | f | g | h | i |

\`\`\`
${ENDLESS} ${ENDLESS}
\`\`\`

## Changelog

### 2.0 ${SCRIPT}

- ${ENDLESS}
- \`${ENDLESS}\`

### 1.0

- begun
`;

export const PROFILE = `
name = "Hostile <b>&amp;</b>"
description = "Packages \\"of\\" <script>window.broken = 9</script>."
classifiers = ["Framework :: Flask"]
`;
export const PROFILE_KEY = "hostile";

// As the registry tells it.
export const PROJECT = {
  versions: ["1.0", "2.0"],
  info: {
    name: "zz.hostile",
    summary: `${BREAKOUT} ${ENDLESS}`,
    description: README,
    description_content_type: "text/markdown",
    author: BREAKOUT,
    author_email: `"${BREAKOUT}" <a@example.org>`,
    maintainer: ENDLESS,
    license: BREAKOUT,
    keywords: `${BREAKOUT},${ENDLESS},plain`,
    classifiers: ["Framework :: Flask", "Programming Language :: Python :: 3.12"],
    home_page: BAD_ADDRESS,
    download_url: BAD_ADDRESS,
    project_urls: { [BREAKOUT]: "https://example.org/?<script>", Homepage: BAD_ADDRESS, [ENDLESS]: `https://example.org/${ENDLESS}` },
    requires_dist: [`${ENDLESS} (>1)`, "flask>=2", `x; extra == "${BREAKOUT}"`],
    requires_python: `>=3.8${BREAKOUT}`,
    yanked: false,
  },
  file: { filename: `zz.hostile-2.0${BREAKOUT}.tar.gz`, url: BAD_ADDRESS },
};

const LATEST_FACTS = {
  health_score: 12,
  health_score_last_calculated: 1_795_000_000,
  health_score_breakdown: {
    recency: {
      points: 1,
      max_points: 30,
      bonuses: [{ points: 1, reason: BREAKOUT }],
      problems: [ENDLESS],
      lost: [{ points: 29, reason: ENDLESS, advice: BREAKOUT }],
    },
    penalties: [{ points: 5, reason: BREAKOUT, advice: ENDLESS }],
    unknown: [BREAKOUT],
  },
  has_vulnerabilities: true,
  vulnerabilities: [
    { id: BREAKOUT, link: BAD_ADDRESS, summary: BREAKOUT, severity: BREAKOUT, fixed_in: [ENDLESS] },
    { id: "GHSA-1", link: "https://example.org/GHSA-1", summary: ENDLESS, severity: "high", fixed_in: ["3.0"] },
  ],
  fixed_in: BREAKOUT,
  github_stars: 1_234_567,
  github_open_issues: 12,
  github_archived: true,
  github_url: BAD_ADDRESS,
  github_language: BREAKOUT,
  github_topics: [BREAKOUT, ENDLESS],
  github_checked: 1_795_000_000,
  contributors: [{ username: BREAKOUT, url: BAD_ADDRESS, contributions: 3 }],
  download_last_month: 98_765_432,
  download_source: BREAKOUT,
  dependents: 3,
  maintainers: [BREAKOUT, ENDLESS, "plain"],
  license_spdx: BREAKOUT,
  framework_versions: ["Flask 3.0", `Flask ${BREAKOUT}`],
  python_versions: ["Python 3.12", `Python ${BREAKOUT}`],
};

// Harmless packages in addition, so that there is more than one page of a list.
export const FILLERS = 45;

// What is put into the documents of the profile's collection: more facts for the latest release, a
// yanked release, a package whose very name breaks out, and others to fill pages.
export function hostileDocuments(stored) {
  const latest = { ...stored.find((document) => document.is_latest), ...LATEST_FACTS };
  const older = stored.find((document) => !document.is_latest);
  const nameless = {
    ...latest,
    id: "breakout-2.0",
    identifier: "breakout-2.0",
    name: BREAKOUT,
    name_sortable: BREAKOUT,
    version: BREAKOUT,
    yanked: true,
    yanked_reason: BREAKOUT,
  };
  const fillers = Array.from({ length: FILLERS }, (_, number) => filler(older, String(number).padStart(2, "0")));
  return [latest, { ...older, yanked: true, yanked_reason: `${BREAKOUT} ${ENDLESS}` }, nameless, ...fillers];
}

function filler(document, number) {
  const name = `filler${number}`;
  return {
    ...document,
    id: `${name}-1.0`,
    identifier: `${name}-1.0`,
    name,
    name_sortable: name,
    name_joined: [name],
    is_latest: true,
    summary: `Fills the list, number ${number}`,
    keywords: [`keyword${number}`],
    framework_versions: [`Flask 2.${Number(number) % 15}`],
  };
}
