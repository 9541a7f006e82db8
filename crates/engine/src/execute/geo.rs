//! Distances and areas on the globe; pure numbers.

use crate::plan::{GeoArea, GeoPoint};

/// In metres; the radius that the API's server measures with.
const EARTH_RADIUS: f64 = 6_369_628.75;

/// Metres between two points.
pub(crate) fn distance(from: GeoPoint, to: GeoPoint) -> f64 {
    let (from_latitude, to_latitude) = (from.latitude.to_radians(), to.latitude.to_radians());
    let north = ((to_latitude - from_latitude) / 2.0).sin();
    let east = ((to.longitude - from.longitude).to_radians() / 2.0).sin();
    let chord = north * north + from_latitude.cos() * to_latitude.cos() * east * east;
    2.0 * EARTH_RADIUS * chord.sqrt().clamp(0.0, 1.0).asin()
}

/// Whether an area holds a point.
pub(crate) fn inside(area: &GeoArea, point: GeoPoint) -> bool {
    match area {
        GeoArea::Circle { middle, kilometres } => distance(*middle, point) <= kilometres * 1000.0,
        GeoArea::Polygon(corners) => encloses(corners, point),
    }
}

/// The latitudes that an area lies between.
pub(crate) fn latitudes(area: &GeoArea) -> (f64, f64) {
    match area {
        GeoArea::Circle { middle, kilometres } => {
            let height = (kilometres * 1000.0 / EARTH_RADIUS).to_degrees();
            (middle.latitude - height, middle.latitude + height)
        }
        GeoArea::Polygon(corners) => corners
            .iter()
            .map(|corner| corner.latitude)
            .fold((f64::MAX, f64::MIN), |(low, high), latitude| {
                (low.min(latitude), high.max(latitude))
            }),
    }
}

/// Counts the edges that a ray from the point crosses.
fn encloses(corners: &[GeoPoint], point: GeoPoint) -> bool {
    let Some(mut last) = corners.last() else {
        return false;
    };
    let mut within = false;
    for corner in corners {
        let (low, high) = (last.latitude, corner.latitude);
        if (low > point.latitude) != (high > point.latitude) {
            let share = (point.latitude - low) / (high - low);
            let crossing = last.longitude + share * (corner.longitude - last.longitude);
            if point.longitude < crossing {
                within = !within;
            }
        }
        last = corner;
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latitude: f64, longitude: f64) -> GeoPoint {
        GeoPoint {
            latitude,
            longitude,
        }
    }

    #[test]
    fn distances_are_those_of_the_api() {
        for (from, to, metres) in [
            (point(50.0, 11.0), point(50.0, 11.5), 35_729),
            (point(50.0, 11.0), point(48.1, 11.5), 214_342),
            (point(48.1, 11.5), point(50.0, 11.5), 211_224),
        ] {
            #[expect(clippy::cast_possible_truncation, reason = "whole metres are compared")]
            let measured = distance(from, to) as i64;
            assert_eq!(measured, metres);
        }
    }

    #[test]
    fn areas_hold_what_is_in_them() {
        let square = GeoArea::Polygon(vec![
            point(47.0, 11.0),
            point(49.0, 11.0),
            point(49.0, 12.0),
            point(47.0, 12.0),
        ]);
        assert!(inside(&square, point(48.1, 11.5)));
        assert!(!inside(&square, point(50.0, 11.5)));
        assert!(!inside(&GeoArea::Polygon(Vec::new()), point(0.0, 0.0)));
        let circle = GeoArea::Circle {
            middle: point(48.1, 11.5),
            kilometres: 10.0,
        };
        assert!(inside(&circle, point(48.15, 11.5)));
        assert!(!inside(&circle, point(48.2, 11.5)));
        let (low, high) = latitudes(&circle);
        assert!(low < 48.02 && high > 48.18);
    }
}
