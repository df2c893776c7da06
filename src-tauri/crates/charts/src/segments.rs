//! A series as the pieces between its gaps, with no more points than can be seen.

use crate::canvas::Point;
use crate::scale::Scale;

/// Pieces of a series without a gap, in pixels. What is not a number is a gap too.
pub(crate) fn segments(times: &[f64], values: &[Option<f64>], x: &Scale, y: &Scale) -> Vec<Vec<Point>> {
    let mut segments = Vec::new();
    let mut segment = Vec::new();
    for (time, value) in times.iter().zip(values) {
        match value.filter(|value| value.is_finite()) {
            Some(value) => segment.push((x.at(*time), y.at(value))),
            None => segments.push(std::mem::take(&mut segment)),
        }
    }
    segments.push(segment);
    segments.retain(|segment| !segment.is_empty());
    segments.iter_mut().for_each(|segment| *segment = thinned(segment));
    segments
}

/// Of every pixel column the first, lowest, highest and last point: the picture stays the same, spikes too.
fn thinned(points: &[Point]) -> Vec<Point> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|one, other| one.0.floor() == other.0.floor()) {
        if column.len() <= 4 {
            kept.extend_from_slice(column);
            continue;
        }
        let by_height = |one: &(usize, &Point), other: &(usize, &Point)| one.1.1.total_cmp(&other.1.1);
        let highest = column.iter().enumerate().min_by(by_height).map_or(0, |(index, _)| index);
        let lowest = column.iter().enumerate().max_by(by_height).map_or(0, |(index, _)| index);
        let mut indexes = [0, highest.min(lowest), highest.max(lowest), column.len() - 1].to_vec();
        indexes.dedup();
        kept.extend(indexes.into_iter().filter_map(|index| column.get(index).copied()));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scales() -> (Scale, Scale) {
        (Scale::new((0.0, 10.0), (0.0, 10.0)), Scale::new((0.0, 10.0), (0.0, 10.0)))
    }

    #[test]
    fn gaps_stay_gaps() {
        let (x, y) = scales();
        let (gap, some) = (None, Some(1.0));
        let cases: [(Vec<Option<f64>>, Vec<usize>); 6] = [
            (vec![some, some, some], vec![3]),
            (vec![some, gap, some, some], vec![1, 2]),
            (vec![gap, gap], vec![]),
            (vec![gap, some, gap], vec![1]),
            (vec![some, Some(f64::NAN), some], vec![1, 1]),
            (vec![], vec![]),
        ];
        let times: Vec<f64> = (0..10).map(f64::from).collect();
        for (values, expected) in cases {
            let lengths: Vec<_> = segments(&times, &values, &x, &y).iter().map(Vec::len).collect();
            assert_eq!(lengths, expected, "{values:?}");
        }
    }

    #[test]
    fn many_points_are_thinned_and_spikes_survive() {
        let (x, y) = scales();
        let times: Vec<f64> = (0..10_000).map(|index| f64::from(index) / 1_000.0).collect();
        let mut values = vec![Some(1.0); 10_000];
        if let Some(spike) = values.get_mut(5_500) {
            *spike = Some(9.0);
        }
        let [segment] = segments(&times, &values, &x, &y).try_into().unwrap();
        assert!(segment.len() <= 40, "{}", segment.len());
        assert!(segment.iter().any(|point| point.1 == 9.0));
        assert!(segment.is_sorted_by(|one, other| one.0 <= other.0));
    }
}
