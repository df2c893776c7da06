//! What to write instead: code that mends a finding, ready to be copied.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a fix is written in; SQL first, then by language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum FixStyle {
    Sql,
    DataLoader,
    Prisma,
    Sequelize,
    TypeOrm,
    Rails,
    Django,
    SqlAlchemy,
    Hibernate,
}

impl FixStyle {
    pub const ALL: [FixStyle; 9] = [
        FixStyle::Sql,
        FixStyle::DataLoader,
        FixStyle::Prisma,
        FixStyle::Sequelize,
        FixStyle::TypeOrm,
        FixStyle::Rails,
        FixStyle::Django,
        FixStyle::SqlAlchemy,
        FixStyle::Hibernate,
    ];

    /// As its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            FixStyle::Sql => "SQL",
            FixStyle::DataLoader => "DataLoader",
            FixStyle::Prisma => "Prisma",
            FixStyle::Sequelize => "Sequelize",
            FixStyle::TypeOrm => "TypeORM",
            FixStyle::Rails => "Rails",
            FixStyle::Django => "Django",
            FixStyle::SqlAlchemy => "SQLAlchemy",
            FixStyle::Hibernate => "Hibernate",
        }
    }
}

/// What a fix is written in, for colouring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum CodeLanguage {
    Sql,
    TypeScript,
    JavaScript,
    Ruby,
    Python,
    Java,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Fix {
    pub style: FixStyle,
    /// "One query for all keys", "Join with customers".
    pub title: String,
    pub language: CodeLanguage,
    /// What runs today, for a comparison line by line; SQL only.
    pub before: Option<String>,
    pub code: String,
    /// What to mind when using it: a key without rows, an order that changes.
    pub notes: Vec<String>,
}
