//! What a server says instead of an answer: its code decides, and where that only says ERR, its words.

use domain::{Problem, ProblemCode};

use super::{Peer, grant, invalid_address, problem};

/// Of the server's own words, which may be long.
const QUOTED: usize = 200;

impl Peer {
    /// What the server said instead of an answer.
    pub(super) fn told(&self, command: &str, code: &str, detail: &str) -> Problem {
        let at = self.at();
        let wait = "Nothing, if this passes; the console keeps trying.";
        match code {
            "NOAUTH" if self.has_password => self.refused_login(),
            "NOAUTH" => problem(
                ProblemCode::SecretMissing,
                format!("{at} asks for a password, and there is none."),
                "Type the password into the password field of this source, and the user, if it is not `default`.",
            ),
            "WRONGPASS" => self.refused_login(),
            "NOPERM" => self.not_permitted(command, detail),
            "LOADING" => self.loading(""),
            "MASTERDOWN" => problem(
                ProblemCode::ServerError,
                format!(
                    "{at} is a replica that has lost its primary and does not serve what may be stale (MASTERDOWN)."
                ),
                "Bring its primary back or promote it; the console keeps trying and asks for its role again.",
            ),
            "BUSY" => problem(
                ProblemCode::ServerError,
                format!("{at} is busy with a script and answers no one (BUSY)."),
                "Wait, or end the script with SCRIPT KILL or FUNCTION KILL; the console keeps trying.",
            ),
            "READONLY" => problem(
                ProblemCode::ServerError,
                format!("{at} is a replica and takes no writes (READONLY)."),
                "Name the primary in this source, or the Sentinels, which know where it is.",
            ),
            "CLUSTERDOWN" | "TRYAGAIN" => problem(
                ProblemCode::ServerError,
                format!("{at} is part of a cluster that cannot serve every key now ({code})."),
                "Look at CLUSTER INFO and CLUSTER NODES; the console keeps trying.",
            ),
            "MISCONF" => problem(
                ProblemCode::ServerError,
                format!("{at} takes no writes because it cannot save to disk (MISCONF)."),
                "Look at its log and the space on its disk.",
            ),
            "WRONGTYPE" => problem(
                ProblemCode::ServerError,
                format!("{at} keeps something other than a set there (WRONGTYPE)."),
                "Look at it with TYPE; the console changes nothing.",
            ),
            "DENIED" => problem(
                ProblemCode::Permission,
                format!("{at} is in protected mode and lets in nobody from elsewhere."),
                "Give it a password or an ACL and switch protected-mode off, or connect from its own machine.",
            ),
            _ => self.told_in_words(code, detail, wait),
        }
    }

    /// A right to a command, or to a key that it names, is missing. `command` is empty where the server says which.
    fn not_permitted(&self, command: &str, detail: &str) -> Problem {
        let (at, user) = (self.at(), &self.user);
        let named = Some(command).filter(|command| !command.is_empty()).or_else(|| quoted(detail));
        let saving = "(then ACL SAVE, where the rights are in a file)";
        match named {
            Some(command) if !detail.contains(" key") => problem(
                ProblemCode::Permission,
                format!("{at} does not allow the user {user} {}.", command.replace('|', " ").to_uppercase()),
                format!("{} {saving}", grant(user, &format!("+{command}"))),
            ),
            _ => problem(
                ProblemCode::Permission,
                format!("{at} does not let the user {user} at these keys."),
                format!("{} {saving}", grant(user, "~query:* ~cache:tag:*")),
            ),
        }
    }

    fn told_in_words(&self, code: &str, detail: &str, wait: &str) -> Problem {
        let at = self.at();
        if detail.contains("max number of clients") {
            return problem(
                ProblemCode::TooManyConnections,
                format!("{at} has no connection left (maxclients)."),
                "Close connections or raise maxclients; the console keeps trying.",
            );
        }
        if detail.contains("without any password configured") || detail.contains("no password is set") {
            return problem(
                ProblemCode::Authentication,
                format!("{at} has no password, and this source gives one."),
                "Remove the password from this source, or check that this is the right server.",
            );
        }
        if detail.contains("arguments for 'auth'") {
            return problem(
                ProblemCode::Authentication,
                format!("{at} knows no users: it is older than 6.0."),
                "Leave the user of this source empty.",
            );
        }
        if detail.contains("DB index is out of range") {
            return invalid_address(
                format!("{at} has no database of that number."),
                "Correct the database; there are 16, from 0, unless `databases` is set, and only 0 in a cluster.",
            );
        }
        if detail.contains("cluster support disabled") {
            return invalid_address(
                format!("{at} is no cluster."),
                "Choose a single server for this source.",
            );
        }
        let words: String = detail.chars().filter(|c| !c.is_control()).take(QUOTED).collect();
        problem(ProblemCode::ServerError, format!("{at} answered with an error: {code} {words}."), wait)
    }

    fn refused_login(&self) -> Problem {
        problem(
            ProblemCode::Authentication,
            format!("{} refuses the login of {}.", self.at(), self.user),
            "Check user and password (ACL LIST shows the users). The console does not try again by itself.",
        )
    }
}

/// The name of the command in "has no permissions to run the 'get' command".
fn quoted(detail: &str) -> Option<&str> {
    detail.split('\'').nth(1).filter(|name| !name.is_empty())
}
