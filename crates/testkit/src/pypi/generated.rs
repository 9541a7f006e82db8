//! Generated projects: nothing is stored, each document is generated when it is requested.

use std::fmt::Write;

/// The shape of a generated registry.
///
/// Project number `n` has the normalised name `gen-package000n`, displayed in one of three spellings,
/// and matches if `n` is a positive multiple of `matching_every`. A matching project has
/// `releases_per_match` releases, the classifiers, and a Markdown description of 3 to 5 kB; the
/// others have one release, a short description and one unrelated classifier.
#[derive(Clone, Debug)]
pub struct GeneratedRegistry {
    /// The number of projects, at most 1,000,000.
    pub projects: u32,
    /// One project in this many matches; none if 0.
    pub matching_every: u32,
    /// The number of releases of a matching project, at least one.
    pub releases_per_match: u32,
    /// The classifiers of the matching projects.
    pub classifiers: Vec<String>,
}

/// The default classifiers of the matching projects.
const CLASSIFIERS: [&str; 3] = [
    "Framework :: Plone",
    "Framework :: Plone :: 6.1",
    "Programming Language :: Python :: 3",
];
const FIRST_SERIAL: u64 = 1_000_000;
const DIGITS: usize = 6;

impl GeneratedRegistry {
    /// `projects` projects, of which every fiftieth matches and has four releases.
    #[must_use]
    pub fn of(projects: u32) -> Self {
        Self {
            projects: projects.min(1_000_000),
            matching_every: 50,
            releases_per_match: 4,
            classifiers: CLASSIFIERS.map(str::to_owned).to_vec(),
        }
    }

    /// 2,000 projects, of which 249 match, with 996 releases in total.
    #[must_use]
    pub fn two_thousand() -> Self {
        Self {
            matching_every: 8,
            ..Self::of(2_000)
        }
    }

    /// The number of matching projects.
    #[must_use]
    pub fn matching(&self) -> u32 {
        match self.matching_every {
            0 => 0,
            every => self.projects.saturating_sub(1) / every,
        }
    }

    /// The normalised name of a project.
    #[must_use]
    pub fn normalized_name(&self, number: u32) -> String {
        format!("gen-package{number:0DIGITS$}")
    }

    /// The name of a project as the registry displays it.
    #[must_use]
    pub fn display_name(&self, number: u32) -> String {
        match number % 3 {
            0 => format!("Gen.Package{number:0DIGITS$}"),
            1 => format!("gen_package{number:0DIGITS$}"),
            _ => format!("gen-package{number:0DIGITS$}"),
        }
    }

    /// Whether a project has the classifiers.
    #[must_use]
    pub fn is_matching(&self, number: u32) -> bool {
        self.matching_every > 0 && number > 0 && number.is_multiple_of(self.matching_every)
    }

    /// The number in a normalised name.
    pub(super) fn number(&self, normalized: &str) -> Option<u32> {
        let digits = normalized
            .strip_prefix("gen-package")
            .filter(|text| text.len() == DIGITS)?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits
            .parse()
            .ok()
            .filter(|number| is_plain && *number < self.projects)
    }

    pub(super) fn serial_of(&self, number: u32) -> u64 {
        // As in the real registry, serials do not follow the order of names.
        let spread = u64::from(number) * 7_919 % u64::from(self.projects.max(1));
        FIRST_SERIAL + spread * 8 + u64::from(number % 8)
    }

    pub(super) fn versions(&self, number: u32) -> impl Iterator<Item = String> {
        let count = if self.is_matching(number) {
            self.releases_per_match.max(1)
        } else {
            1
        };
        (0..count).map(|minor| format!("1.{minor}.0"))
    }

    /// The highest serial.
    pub(super) fn last_serial(&self) -> u64 {
        FIRST_SERIAL + u64::from(self.projects) * 8
    }

    /// The project document. Its texts need no escaping in JSON, except the line breaks of the
    /// description, which are escaped already.
    pub(super) fn document(&self, number: u32) -> String {
        let name = self.display_name(number);
        let normalized = self.normalized_name(number);
        let serial = self.serial_of(number);
        let matches = self.is_matching(number);
        let mut files = String::new();
        let mut last_file = String::new();
        let mut version = String::new();
        for (minor, one) in self.versions(number).enumerate() {
            if minor > 0 {
                files.push(',');
            }
            last_file = file_object(&normalized, &one, number, minor);
            push(&mut files, format_args!("\"{one}\":[{last_file}]"));
            version = one;
        }
        let mut classifiers = String::from("\"Topic :: Utilities\"");
        for classifier in self.classifiers.iter().filter(|_| matches) {
            push(&mut classifiers, format_args!(",\"{classifier}\""));
        }
        let description = describe(&name, number, matches);
        let url = format!("https://registry.example/project/{name}/");
        format!(
            "{{\"info\":{{\"author\":\"Author {number}\",\"author_email\":\"author{number}@example.org\",\
             \"bugtrack_url\":null,\"classifiers\":[{classifiers}],\"description\":\"{description}\",\
             \"description_content_type\":\"text/markdown\",\"docs_url\":null,\"download_url\":null,\
             \"downloads\":{{\"last_day\":-1,\"last_month\":-1,\"last_week\":-1}},\"dynamic\":null,\
             \"home_page\":null,\"keywords\":\"keyword{short}, example\",\"license\":null,\
             \"license_expression\":\"MIT\",\"license_files\":[\"LICENSE\"],\"maintainer\":null,\
             \"maintainer_email\":null,\"name\":\"{name}\",\"package_url\":\"{url}\",\"platform\":null,\
             \"project_url\":\"{url}\",\"project_urls\":{{\"Source\":\"https://github.com/example{short}/{normalized}\"}},\
             \"provides_extra\":null,\"release_url\":\"{url}{version}/\",\
             \"requires_dist\":[\"requests>=2.{short}\",\"attrs\"],\"requires_python\":\">=3.10\",\
             \"summary\":\"Package number {number} of the generated registry\",\"version\":\"{version}\",\
             \"yanked\":false,\"yanked_reason\":null}},\"last_serial\":{serial},\
             \"ownership\":{{\"organization\":null,\"roles\":[{{\"role\":\"Owner\",\"user\":\"author{number}\"}}]}},\
             \"releases\":{{{files}}},\"urls\":[{last_file}],\"vulnerabilities\":[]}}",
            short = number % 100,
        )
    }
}

fn file_object(normalized: &str, version: &str, number: u32, minor: usize) -> String {
    let stem = normalized.replace('-', "_");
    let time = format!(
        "20{:02}-{:02}-{:02}T{:02}:{:02}:00",
        16 + minor.min(9),
        number % 12 + 1,
        number % 28 + 1,
        number % 24,
        number % 60
    );
    let digest = format!("{:064x}", u64::from(number) * 1_000 + minor as u64);
    format!(
        "{{\"comment_text\":null,\"core-metadata\":false,\"digests\":{{\"blake2b_256\":\"{digest}\",\
         \"md5\":\"{md5}\",\"sha256\":\"{digest}\"}},\"downloads\":-1,\
         \"filename\":\"{stem}-{version}.tar.gz\",\"has_sig\":false,\"md5_digest\":\"{md5}\",\
         \"packagetype\":\"sdist\",\"python_version\":\"source\",\"requires_python\":\">=3.10\",\
         \"size\":{size},\"upload_time\":\"{time}\",\"upload_time_iso_8601\":\"{time}.000000Z\",\
         \"url\":\"https://files.example/packages/{stem}-{version}.tar.gz\",\
         \"yanked\":false,\"yanked_reason\":null}}",
        md5 = &digest[32..],
        size = 20_000 + number % 80_000,
    )
}

/// A unique description in Markdown: about 700 bytes, or 3 to 5 kB for a matching project.
fn describe(name: &str, number: u32, is_long: bool) -> String {
    let mut text = format!("# {name}\\n\\nPackage number {number}.\\n\\n");
    let chunks = if is_long { 13 + number as usize % 5 } else { 2 };
    for chunk in 0..chunks {
        let which = (number as usize * 31 + chunk * 7) % CHUNKS.len();
        text.push_str(CHUNKS[which]);
        push(
            &mut text,
            format_args!("\\n\\nNote {chunk} of {name}.\\n\\n"),
        );
    }
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(arguments);
}

/// Pieces of Markdown, escaped for JSON.
const CHUNKS: [&str; 10] = [
    "## Features\\n\\n- Renders **listings** with batching and `filters`\\n- Works with *multilingual* sites and \
     [workflows](https://docs.example.org/workflows)\\n- Offers an upgrade step for each release\\n- Has no dependency \
     beyond the framework itself",
    "## Installation\\n\\nAdd the package to your requirements and run the installer:\\n\\n```shell\\npip install \
     example-package\\nexample-package --init --folder ./instance\\n```\\n\\nThen restart the site and activate the \
     add-on in the control panel.",
    "The control panel offers one setting per content type. Editors see the result at once; visitors see it after the \
     cache has been purged, which happens in the same transaction as the change itself.",
    "| setting | default | meaning |\\n|---|---|---|\\n| `limit` | 20 | items per page |\\n| `sort_on` | `effective` | \
     index that decides the order |\\n| `reversed` | yes | newest first |\\n| `template` | `summary` | how an item looks |",
    "[![Tests](https://img.example.org/tests.svg)](https://ci.example.org/tests) \
     [![Coverage](https://img.example.org/coverage.svg)](https://ci.example.org/coverage) \
     [![Version](https://img.example.org/version.svg)](https://registry.example/project)",
    "### Usage\\n\\n```python\\nfrom example.package import Listing\\n\\nlisting = Listing(limit=20)\\nfor item in \
     listing.items():\\n    print(item.title, item.url)\\n```\\n\\nEach item is an object with the attributes `title`, \
     `url` and `modified`.",
    "## Contribute\\n\\n1. Fork the repository\\n2. Create a branch for your change\\n3. Add a test that fails without \
     it\\n4. Open a pull request and describe the *why*\\n\\nQuestions are welcome on the \
     [forum](https://community.example.org).",
    "> The first version grew out of a sprint in the Alps; the present one has been in production on more than forty \
     sites since the spring, among them two universities and a city.",
    "## Upgrading\\n\\nRead the change log before you upgrade over more than one feature release. Catalog indexes are \
     rebuilt on demand: `bin/instance run scripts/reindex.py` takes about a minute per ten thousand objects.",
    "### Compatibility\\n\\nTested with all versions of the framework that receive security fixes, on every version of \
     Python that these support. Older releases stay available, but see fixes only for **security** problems.",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_thousand_projects_have_996_matching_releases() {
        let shape = GeneratedRegistry::two_thousand();
        let matching = (0..shape.projects).filter(|number| shape.is_matching(*number));
        let releases: usize = matching.map(|number| shape.versions(number).count()).sum();
        assert_eq!(
            (shape.projects, shape.matching(), releases),
            (2_000, 249, 996)
        );
    }

    #[test]
    fn documents_are_json_of_a_realistic_size() -> anyhow::Result<()> {
        let shape = GeneratedRegistry::two_thousand();
        for number in [0, 1, 2, 8, 16, 1_992] {
            let document: serde_json::Value = serde_json::from_str(&shape.document(number))?;
            let length = document["info"]["description"]
                .as_str()
                .unwrap_or_default()
                .len();
            let expected = if shape.is_matching(number) {
                3_000..5_500
            } else {
                100..1_500
            };
            assert!(expected.contains(&length), "{number}: {length}");
            assert_eq!(
                document["info"].as_object().map(serde_json::Map::len),
                Some(30)
            );
        }
        Ok(())
    }

    #[test]
    fn names_contain_their_number() {
        let shape = GeneratedRegistry::of(900_000);
        assert_eq!(shape.number(&shape.normalized_name(899_999)), Some(899_999));
        assert_eq!(shape.number("gen-package900000"), None);
        assert_eq!(shape.number("gen-package00001"), None);
        assert_eq!(shape.number("gen-package+00001"), None);
    }
}
