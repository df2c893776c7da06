//! The commands that a walk sends, and nothing else.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Select,
    DbSize,
    Info,
    Scan,
    Type,
    Pttl,
    MemoryUsage,
    ObjectIdletime,
    Scard,
    Srandmember,
}

impl Command {
    pub(super) const ALL: [Command; 10] = [
        Command::Select,
        Command::DbSize,
        Command::Info,
        Command::Scan,
        Command::Type,
        Command::Pttl,
        Command::MemoryUsage,
        Command::ObjectIdletime,
        Command::Scard,
        Command::Srandmember,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Command::Select => "SELECT",
            Command::DbSize => "DBSIZE",
            Command::Info => "INFO",
            Command::Scan => "SCAN",
            Command::Type => "TYPE",
            Command::Pttl => "PTTL",
            Command::MemoryUsage => "MEMORY USAGE",
            Command::ObjectIdletime => "OBJECT IDLETIME",
            Command::Scard => "SCARD",
            Command::Srandmember => "SRANDMEMBER",
        }
    }

    /// As access lists and, since Redis 7, command statistics write it.
    pub(super) fn right(self) -> String {
        self.name().to_ascii_lowercase().replace(' ', "|")
    }

    /// Every call takes as long as any other, so that others' calls tell what ours took.
    pub(super) fn is_constant(self) -> bool {
        !matches!(self, Command::Scan | Command::MemoryUsage | Command::Srandmember)
    }
}
