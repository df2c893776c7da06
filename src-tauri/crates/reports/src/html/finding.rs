//! One finding: what it is, what it costs, one unit of work as it ran, and what to write instead.

use charts::text::escape;
use charts::{ChartStyle, RunsLabels, runs_chart};
use domain::{Fix, FixStyle, NPlusOneFinding, RepetitionExample};

use super::list::tone;
use super::{figure, sentence, sql, text};
use crate::words::{count, number, percent, time};
use crate::{ReportError, findings, summary};

pub(super) fn panel(rank: usize, finding: &NPlusOneFinding, open: bool) -> Result<String, ReportError> {
    let open = if open { " open=\"open\"" } else { "" };
    let mut out = format!(
        "<details class=\"panel\"{open}>{}\n<div class=\"pad two\" id=\"finding-{rank}\">\n",
        head(rank, finding)
    );
    out.push_str("<div class=\"stack\">\n");
    if !finding.explanation.is_empty() {
        out.push_str(&format!("<p class=\"muted\">{}</p>\n", sentence(&finding.explanation)));
    }
    out.push_str(&figures(finding));
    out.push_str(&format!("<pre>{}</pre>\n", sql::coloured(&finding.statement)));
    out.push_str(&facts(finding));
    out.push_str("</div>\n<div class=\"stack\">\n");
    if let Some(example) = finding.examples.first() {
        out.push_str(&ran(finding, example)?);
    }
    out.push_str(&fixes(finding));
    out.push_str("</div>\n</div></details>\n");
    Ok(out)
}

fn head(rank: usize, finding: &NPlusOneFinding) -> String {
    let route = findings::route(finding).map(|route| format!("<i>{}</i>", text(&route))).unwrap_or_default();
    format!(
        "<summary><span class=\"sev {}\"></span><span>{rank}. {}</span>{route}<span class=\"right\">\
         <span class=\"pill\">{}</span><span class=\"pill {}\">{}</span></span></summary>",
        tone(finding.severity),
        text(&finding.title),
        escape(finding.kind.title()),
        tone(finding.severity),
        findings::confidence(finding.confidence),
    )
}

fn figures(finding: &NPlusOneFinding) -> String {
    let unit = findings::unit_noun(finding, 1);
    let repeats =
        format!("{} → {}", number(finding.repeats.median), number(findings::mended_repeats(finding)));
    let mut figures = vec![
        figure(&repeats, &format!("queries per {unit}, median")),
        figure(&percent(finding.saved_ratio), "fewer queries"),
    ];
    if let Some(today) = finding.unit_ms {
        figures.push(figure(&time(today), &format!("per {unit} today")));
    }
    if let Some(mended) = finding.mended_unit_ms {
        figures.push(figure(&format!("≈ {}", time(mended)), findings::when_mended(finding.kind)));
    }
    format!("<div class=\"figures small\">{}</div>\n", figures.concat())
}

/// Everything else that is known, and why it is believed.
fn facts(finding: &NPlusOneFinding) -> String {
    let mut lines = vec![
        ("Seen in", format!("{}, {}", findings::units(finding), findings::repeats(finding))),
        ("Saves", findings::saved(finding)),
        ("Time", findings::time_back(finding)),
    ];
    if let Some(arithmetic) = &finding.arithmetic {
        lines.push(("Arithmetic", arithmetic.clone()));
    }
    if let Some(parent) = &finding.parent {
        let rows = match parent.rows_match {
            0 => String::new(),
            units => format!(", its rows as many as the repeats in {}", number(units)),
        };
        let units = count(parent.units, "unit of work", "units of work");
        lines.push((
            "Just before",
            format!("{} (in {units}{rows})", charts::text::clip(&parent.statement, 200)),
        ));
    }
    for (label, names) in [("Routes", &finding.routes), ("Applications", &finding.applications)] {
        if names.len() > 1 || label == "Applications" && !names.is_empty() {
            let names: Vec<_> =
                names.iter().map(|name| format!("{} ({})", name.name, number(name.units))).collect();
            lines.push((label, names.join(", ")));
        }
    }
    let mut out = String::from("<table>\n");
    for (label, value) in lines {
        out.push_str(&format!("<tr><td class=\"label\">{label}</td><td>{}</td></tr>\n", text(&value)));
    }
    out.push_str("</table>\n");
    if !finding.reasons.is_empty() {
        out.push_str("<ul>\n");
        for reason in &finding.reasons {
            let class = if reason.against { " class=\"against\"" } else { "" };
            out.push_str(&format!("<li{class}>{}</li>\n", sentence(&reason.text)));
        }
        out.push_str("</ul>\n");
    }
    out
}

fn ran(finding: &NPlusOneFinding, example: &RepetitionExample) -> Result<String, ReportError> {
    let labels = RunsLabels {
        repeated: finding.statement.clone(),
        parent: finding.parent.as_ref().map(|parent| parent.statement.clone()),
    };
    let unit = summary::noun(example.unit, 1);
    let style = ChartStyle::titled(format!("One {unit} as it ran: {}", finding.title)).wide(500);
    let chart = runs_chart(example, &labels, &style)?;
    let id = example.id.as_ref().map(|id| charts::text::clip(id, 40)).unwrap_or_default();
    let shown = example.runs.len() as u64;
    let shown = if shown < example.repeats {
        format!(", the first {} of {} executions", number(shown), number(example.repeats))
    } else {
        String::new()
    };
    Ok(format!(
        "<div><h4>One {unit} as it ran, {} <span class=\"dim\">{}{shown}</span></h4>\n{chart}</div>\n",
        time(example.span_ms),
        text(&id),
    ))
}

fn fixes(finding: &NPlusOneFinding) -> String {
    let mut out = String::new();
    for (index, fix) in finding.fixes.iter().enumerate() {
        if index == 0 {
            out.push_str(&format!(
                "<div><h4>Fix in {}: {}</h4>\n{}</div>\n",
                fix.style.title(),
                text(&fix.title),
                body(fix)
            ));
        } else {
            out.push_str(&format!(
                "<details class=\"more\"><summary>{}: {}</summary>{}</details>\n",
                fix.style.title(),
                text(&fix.title),
                body(fix)
            ));
        }
    }
    out
}

fn body(fix: &Fix) -> String {
    let code = match &fix.before {
        Some(before) if fix.style == FixStyle::Sql => sql::difference(before, &fix.code),
        _ if fix.style == FixStyle::Sql => sql::coloured(&fix.code),
        _ => sql::plain(&fix.code),
    };
    let notes: String =
        fix.notes.iter().map(|note| format!("<li class=\"note\">{}</li>", sentence(note))).collect();
    let notes = if notes.is_empty() { notes } else { format!("<ul style=\"padding-top:8px\">{notes}</ul>") };
    format!("<pre>{code}</pre>{notes}")
}
