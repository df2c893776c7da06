//! One of many and back, in English: `addresses` and `address`, `companies` and `company`, `news` and `news`.

use super::names::{capitalised, words};

/// Plurals that no ending tells.
const IRREGULAR: &[(&str, &str)] = &[
    ("analysis", "analyses"),
    ("atlas", "atlases"),
    ("bias", "biases"),
    ("alias", "aliases"),
    ("bonus", "bonuses"),
    ("bus", "buses"),
    ("cache", "caches"),
    ("calorie", "calories"),
    ("campus", "campuses"),
    ("canvas", "canvases"),
    ("child", "children"),
    ("cookie", "cookies"),
    ("cpu", "cpus"),
    ("crisis", "crises"),
    ("criterion", "criteria"),
    ("census", "censuses"),
    ("diagnosis", "diagnoses"),
    ("foot", "feet"),
    ("gas", "gases"),
    ("gpu", "gpus"),
    ("half", "halves"),
    ("hypothesis", "hypotheses"),
    ("index", "indices"),
    ("knife", "knives"),
    ("leaf", "leaves"),
    ("life", "lives"),
    ("man", "men"),
    ("matrix", "matrices"),
    ("menu", "menus"),
    ("mouse", "mice"),
    ("movie", "movies"),
    ("niche", "niches"),
    ("person", "people"),
    ("quiz", "quizzes"),
    ("shelf", "shelves"),
    ("shoe", "shoes"),
    ("sku", "skus"),
    ("status", "statuses"),
    ("thesis", "theses"),
    ("tooth", "teeth"),
    ("vertex", "vertices"),
    ("virus", "viruses"),
    ("wolf", "wolves"),
    ("woman", "women"),
];

/// The same for one and for many.
const UNCOUNTABLE: &[&str] = &[
    "analytics",
    "data",
    "equipment",
    "feedback",
    "information",
    "logistics",
    "media",
    "metadata",
    "money",
    "news",
    "series",
    "sheep",
    "species",
    "staff",
];

/// One of many, by the last word: `order_items` is an `order_item`.
pub(super) fn singular(name: &str) -> String {
    last_word(name, |word| {
        if let Some((one, _)) = IRREGULAR.iter().find(|(one, many)| *many == word || *one == word) {
            return (*one).to_owned();
        }
        singular_by_ending(word)
    })
}

fn singular_by_ending(word: &str) -> String {
    let stem = |ending: &str, new: &str| word.strip_suffix(ending).map(|stem| format!("{stem}{new}"));
    // "dns", "sms" and "gps" are no plurals.
    if word.len() <= 3 || ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) {
        return word.to_owned();
    }
    let endings =
        [("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("oes", "o"), ("s", "")];
    endings.iter().find_map(|(ending, new)| stem(ending, new)).unwrap_or_else(|| word.to_owned())
}

/// Many of one, by the last word; a plural stays as it is.
pub(super) fn plural(name: &str) -> String {
    last_word(name, |word| {
        if let Some((_, many)) = IRREGULAR.iter().find(|(one, many)| *many == word || *one == word) {
            return (*many).to_owned();
        }
        if singular(word) != word {
            return word.to_owned();
        }
        let before = word.chars().rev().nth(1);
        match word.strip_suffix('y') {
            Some(stem) if !matches!(before, Some('a' | 'e' | 'i' | 'o' | 'u')) => format!("{stem}ies"),
            _ if ["s", "x", "z", "ch", "sh"].iter().any(|ending| word.ends_with(ending)) => {
                format!("{word}es")
            }
            _ => format!("{word}s"),
        }
    })
}

/// Changes the last word of a name in either spelling, and keeps the rest.
fn last_word(name: &str, change: impl Fn(&str) -> String) -> String {
    let parts = words(name);
    let Some(last) = parts.last() else { return name.to_owned() };
    let known = UNCOUNTABLE.contains(&last.as_str());
    let Some(rest) = name.get(..name.len().saturating_sub(last.len())) else { return name.to_owned() };
    if known {
        return name.to_owned();
    }
    let changed = change(last);
    let begins_upper = name.get(rest.len()..).is_some_and(|end| end.starts_with(char::is_uppercase));
    format!("{rest}{}", if begins_upper { capitalised(&changed) } else { changed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_and_back() {
        for (many, one) in [
            ("orders", "order"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("companies", "company"),
            ("boxes", "box"),
            ("taxes", "tax"),
            ("branches", "branch"),
            ("caches", "cache"),
            ("aliases", "alias"),
            ("databases", "database"),
            ("warehouses", "warehouse"),
            ("purchases", "purchase"),
            ("invoices", "invoice"),
            ("keys", "key"),
            ("people", "person"),
            ("children", "child"),
            ("order_items", "order_item"),
            ("OrderItems", "OrderItem"),
            ("orderChildren", "orderChild"),
            ("tax_statuses", "tax_status"),
            ("wishes", "wish"),
        ] {
            assert_eq!(singular(many), one);
            assert_eq!(plural(one), many);
            assert_eq!((singular(one).as_str(), plural(many).as_str()), (one, many));
        }
        for same in ["series", "news", "data", "order_data", "metadata", "Media"] {
            assert_eq!((singular(same).as_str(), plural(same).as_str()), (same, same));
        }
        assert_eq!((singular("dns").as_str(), singular("access").as_str()), ("dns", "access"));
        assert_eq!((singular("heroes").as_str(), singular("analyses").as_str()), ("hero", "analysis"));
    }
}
