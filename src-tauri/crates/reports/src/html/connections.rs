//! Connections in use over the log, and how many the load needs, with the arithmetic.

use charts::{ChartStyle, time_chart};
use domain::{PoolForecast, ReplayReport};

use super::{figure, heading, text};
use crate::ReportError;
use crate::words::{count, decimal, number};

pub(super) fn section(report: &ReplayReport) -> Result<String, ReportError> {
    let Some(pool) = &report.pool else { return Ok(String::new()) };
    let style = ChartStyle::titled("Connections in use").wide(960).high(210).filled();
    let sessions = count(pool.sessions, "session", "sessions");
    Ok(format!(
        "{}<div class=\"panel\"><div class=\"pad\">{}</div>\n<div class=\"figures\">{}</div></div>\n\
         <div class=\"panel\"><h3>{}</h3><table>\n{}</table></div>\n",
        heading("Connections in use", "worked out from when statements ran", &sessions),
        time_chart(&pool.in_use, &style)?,
        figures(pool),
        text(&pool.summary),
        arithmetic(pool),
    ))
}

fn figures(pool: &PoolForecast) -> String {
    [
        figure(&number(u64::from(pool.recommended)), "connections needed"),
        figure(&number(u64::from(pool.most)), "in use at most"),
        figure(&decimal(pool.p99), "p99"),
        figure(&decimal(pool.p95), "p95"),
        figure(&decimal(pool.mean), "on average"),
    ]
    .concat()
}

fn arithmetic(pool: &PoolForecast) -> String {
    let lines = pool.arithmetic.iter().map(|line| {
        let class = if line.result { " class=\"result\"" } else { "" };
        format!("<tr{class}><td>{}</td><td class=\"n\">{}</td></tr>\n", text(&line.label), text(&line.value))
    });
    lines.collect()
}
