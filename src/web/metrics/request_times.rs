//! How long requests take, by what they ask for and how they end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

use super::text::Exposition;

const NAME: &str = "pyfa_http_request_duration_seconds";
/// Upper ends of the buckets, in milliseconds.
const BUCKETS: [u64; 11] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    Gallery,
    /// The gallery's own files.
    Assets,
    Search,
    Api,
    GitHub,
    Metrics,
}

const AREAS: [(Area, &str); 6] = [
    (Area::Gallery, "gallery"),
    (Area::Assets, "assets"),
    (Area::Search, "search"),
    (Area::Api, "api"),
    (Area::GitHub, "github"),
    (Area::Metrics, "metrics"),
];

/// The times of all requests since the start.
#[derive(Debug, Default)]
pub struct RequestTimes {
    rows: [[Histogram; CLASSES.len()]; AREAS.len()],
}

#[derive(Debug, Default)]
struct Histogram {
    /// The last one counts what took longer.
    buckets: [AtomicU64; BUCKETS.len() + 1],
    microseconds: AtomicU64,
}

/// What the path of a request asks for.
pub(super) fn area_of(path: &str) -> Area {
    let first = path.split('/').nth(1).unwrap_or_default();
    match first {
        "metrics" => Area::Metrics,
        "api" => Area::Api,
        "github" => Area::GitHub,
        "-" => Area::Assets,
        _ if pyfa_engine::is_api_path(path) => Area::Search,
        _ => Area::Gallery,
    }
}

impl RequestTimes {
    /// Counts a request that was answered after this time.
    pub(super) fn add(&self, area: Area, status: StatusCode, time: Duration) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        let row = AREAS.iter().position(|(one, _)| *one == area);
        let histogram = row
            .and_then(|row| self.rows.get(row))
            .and_then(|row| row.get(class));
        let Some(histogram) = histogram else {
            return;
        };
        let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS
            .iter()
            .position(|end| microseconds <= end * 1_000)
            .unwrap_or(BUCKETS.len());
        if let Some(bucket) = histogram.buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        histogram
            .microseconds
            .fetch_add(microseconds, Ordering::Relaxed);
    }

    pub(super) fn write(&self, text: &mut Exposition) {
        let help = "Seconds until a request was answered, without its body.";
        text.family(NAME, "histogram", help);
        for ((_, area), row) in AREAS.iter().zip(&self.rows) {
            for (class, histogram) in CLASSES.iter().zip(row) {
                histogram.write(text, area, class);
            }
        }
    }
}

impl Histogram {
    /// Nothing, as long as there was no such request.
    fn write(&self, text: &mut Exposition, area: &str, class: &str) {
        let counts: Vec<u64> = self
            .buckets
            .iter()
            .map(|bucket| bucket.load(Ordering::Relaxed))
            .collect();
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return;
        }
        let labels = [("area", area), ("status", class)];
        let ends = BUCKETS
            .iter()
            .map(|end| (*end as f64 / 1_000.0).to_string());
        let ends = ends.chain(["+Inf".to_owned()]);
        let mut sum = 0;
        for (end, count) in ends.zip(counts) {
            sum += count;
            let with_end = [labels[0], labels[1], ("le", end.as_str())];
            text.sample(&format!("{NAME}_bucket"), &with_end, sum as f64);
        }
        let seconds = self.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
        text.sample(&format!("{NAME}_sum"), &labels, seconds);
        text.sample(&format!("{NAME}_count"), &labels, total as f64);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::StatusCode;

    use super::super::text::Exposition;
    use super::{Area, RequestTimes, area_of};

    #[test]
    fn buckets_count_everything_below_their_end() {
        let times = RequestTimes::default();
        for milliseconds in [1, 5, 30, 60_000] {
            let time = Duration::from_millis(milliseconds);
            times.add(Area::Gallery, StatusCode::OK, time);
        }
        let mut text = Exposition::default();
        times.write(&mut text);
        let text = text.into_text();
        for line in [
            "_bucket{area=\"gallery\",status=\"2xx\",le=\"0.005\"} 2\n",
            "_bucket{area=\"gallery\",status=\"2xx\",le=\"0.05\"} 3\n",
            "_bucket{area=\"gallery\",status=\"2xx\",le=\"10\"} 3\n",
            "_bucket{area=\"gallery\",status=\"2xx\",le=\"+Inf\"} 4\n",
            "_sum{area=\"gallery\",status=\"2xx\"} 60.036\n",
            "_count{area=\"gallery\",status=\"2xx\"} 4\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        assert!(!text.contains("4xx"), "{text}");
    }

    #[test]
    fn no_path_makes_an_area_of_its_own() {
        for (path, area) in [
            ("/", Area::Gallery),
            ("/plone/x?y", Area::Gallery),
            ("/-/a/gallery.css", Area::Assets),
            ("/api/v1/packages", Area::Api),
            ("/github/developers/", Area::GitHub),
            ("/metrics", Area::Metrics),
            ("/collections", Area::Search),
            ("", Area::Gallery),
        ] {
            assert_eq!(area_of(path), area, "{path}");
        }
    }
}
