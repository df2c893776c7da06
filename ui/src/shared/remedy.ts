// Finds the command inside a remedy, so that it can be copied without its explanation.
const STATEMENT = /^(GRANT|ALTER|CREATE|SET|REVOKE|SELECT|SHOW|ACL|CONFIG)\s[^\n]+?;?$/;
/** A program with arguments, or a setting with its value; a bare name or a route is neither. */
const SHELL = /^[a-z_][\w.-]* \S/;

/** A line of a configuration file. */
const SETTING = /^[a-z_][a-z0-9_.]* = \S[^\n]*$/;

/** The whole text when it is one statement or settings, else the first command between backticks or in the text, else nothing. */
export function commandIn(text: string): string | null {
  const trimmed = text.trim();
  if (STATEMENT.test(trimmed)) return text;
  if (trimmed.split('\n').every((line) => SETTING.test(line))) return text;
  for (const [, quoted] of text.matchAll(/`([^`]+)`/g)) {
    if (quoted !== undefined && (STATEMENT.test(quoted) || SHELL.test(quoted))) return quoted;
  }
  const inline = /\b(GRANT|ALTER|CREATE|REVOKE)\s[^;\n]+;/.exec(text);
  return inline ? inline[0] : null;
}
