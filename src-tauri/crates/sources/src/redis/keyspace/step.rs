//! Commands that are sent at once.

use redis::Pipeline;

use super::command::Command;

/// One trip to the server; errors are answers like others.
pub(super) struct Step {
    pub pipeline: Pipeline,
    pub commands: Vec<Command>,
}

impl Step {
    pub(super) fn new() -> Step {
        let mut pipeline = Pipeline::new();
        pipeline.ignore_errors();
        Step { pipeline, commands: Vec::new() }
    }

    pub(super) fn add(&mut self, command: Command, arguments: &[&[u8]]) {
        let mut words = command.name().split(' ');
        let sent = self.pipeline.cmd(words.next().unwrap_or_default());
        words.for_each(|word| {
            sent.arg(word);
        });
        arguments.iter().for_each(|argument| {
            sent.arg(*argument);
        });
        self.commands.push(command);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }
}
