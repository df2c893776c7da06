// Splits code into coloured pieces without ever changing it: the pieces together are the text again.
export type CodeLanguage = 'sql' | 'type_script' | 'java_script' | 'ruby' | 'python' | 'java' | 'rust';

export type TokenKind = 'keyword' | 'function' | 'string' | 'comment' | 'text';

export interface Token {
  kind: TokenKind;
  text: string;
}

const words = (text: string) => new Set(text.split(' '));

const SQL = words(
  'add all alter analyze and as asc begin between by case cascade check columns commit concurrently conflict constraint ' +
    'create cross current_date current_timestamp default delete desc distinct do drop else end except exists explain false ' +
    'fetch filter first following for foreign from full group grouping having if ilike in index inner insert intersect into ' +
    'is isnull join key lateral left like limit lock materialized natural next not nothing notnull null nulls of offset on ' +
    'only or order ordinality outer over partition preceding primary recursive references replace returning right rollback ' +
    'row rows select set share similar skip locked table tablesample then to true truncate unbounded union unique update ' +
    'using values view when where window with within without',
);
const SCRIPT = words(
  'async await break case catch class const continue default else export extends false finally for from function if import ' +
    'in instanceof interface let new null of return static switch this throw true try type typeof undefined var void while yield',
);
const RUBY = words(
  'begin class def do else elsif end ensure false for if in module next nil not or and rescue return self then true unless until while yield',
);
const PYTHON = words(
  'and as assert async await break class continue def del elif else except False finally for from global if import in is lambda ' +
    'None not or pass raise return True try while with yield',
);
const JAVA = words(
  'abstract boolean break case catch class const continue default do double else enum extends final finally float for if ' +
    'implements import instanceof int interface long new null package private protected public record return static super ' +
    'switch this throw throws true false try var void while',
);
const RUST = words(
  'as async await break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref ' +
    'return self Self static struct super trait true type unsafe use where while',
);

// Loops are unrolled, so that a long string costs no stack; what is not closed reaches to the end.
const STRINGS = `"[^"\\\\]*(?:\\\\[^][^"\\\\]*)*(?:"|\\\\?$)|'[^'\\\\]*(?:\\\\[^][^'\\\\]*)*(?:'|\\\\?$)`;
/** Without what stands between single quotes: in Rust that is a lifetime as often as a letter. */
const DOUBLE_QUOTED = `"[^"\\\\]*(?:\\\\[^][^"\\\\]*)*(?:"|\\\\?$)`;
const BLOCK = '/\\*[^]*?(?:\\*/|$)';
const SQL_STRING = `[eE]'[^'\\\\]*(?:(?:\\\\[^]|'')[^'\\\\]*)*(?:'|\\\\?$)|'[^']*(?:''[^']*)*(?:'|$)|\\$(?<tag>[A-Za-z_]\\w*)?\\$[^]*?(?:\\$\\k<tag>\\$|$)`;
const WORD = '[A-Za-z_][\\w$]*';

interface Grammar {
  keywords: Set<string>;
  anyCase: boolean;
  rule: RegExp;
}

function grammar(
  keywords: Set<string>,
  comment: string,
  string: string,
  quoted = '',
  anyCase = false,
): Grammar {
  const plain = quoted ? `|(?<quoted>${quoted})` : '';
  const rule = `(?<comment>${comment})|(?<string>${string})${plain}|(?<word>${WORD})`;
  return { keywords, anyCase, rule: new RegExp(rule, 'g') };
}

const SCRIPTS = grammar(SCRIPT, `//[^\\n]*|${BLOCK}`, `${STRINGS}|\`[^\`]*(?:\`|$)`);

const GRAMMARS: Record<CodeLanguage, Grammar> = {
  sql: grammar(SQL, `--[^\\n]*|${BLOCK}`, SQL_STRING, '"[^"]*(?:"|$)', true),
  type_script: SCRIPTS,
  java_script: SCRIPTS,
  ruby: grammar(RUBY, '#[^\\n]*', STRINGS),
  python: grammar(PYTHON, '#[^\\n]*', `"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|${STRINGS}`),
  java: grammar(JAVA, `//[^\\n]*|${BLOCK}`, STRINGS),
  rust: grammar(RUST, `//[^\\n]*|${BLOCK}`, DOUBLE_QUOTED),
};

/** Longer texts are shown without colours rather than making the window wait. */
const LONGEST = 200_000;

export function tokens(text: string, language: CodeLanguage): Token[] {
  if (text.length > LONGEST) return [{ kind: 'text', text }];
  const { keywords, anyCase, rule } = GRAMMARS[language];
  const found: Token[] = [];
  const add = (kind: TokenKind, piece: string) => {
    const last = found.at(-1);
    if (kind === 'text' && last?.kind === 'text') last.text += piece;
    else if (piece !== '') found.push({ kind, text: piece });
  };
  let at = 0;
  for (const match of text.matchAll(rule)) {
    const { comment, string, word } = match.groups ?? {};
    add('text', text.slice(at, match.index));
    at = match.index + match[0].length;
    if (comment !== undefined) add('comment', comment);
    else if (string !== undefined) add('string', string);
    else if (word === undefined) add('text', match[0]);
    else if (keywords.has(anyCase ? word.toLowerCase() : word)) add('keyword', word);
    else add(text[at] === '(' ? 'function' : 'text', word);
  }
  add('text', text.slice(at));
  return found;
}

/** The same by line, for code that is shown line by line. */
export function tokenLines(text: string, language: CodeLanguage): Token[][] {
  const lines: Token[][] = [[]];
  for (const { kind, text: piece } of tokens(text, language)) {
    piece.split('\n').forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== '') lines.at(-1)?.push({ kind, text: part });
    });
  }
  return lines;
}

/** A statement on one line, a long list of columns told as "…". */
export function shortSql(statement: string): string {
  const flat = statement.replaceAll(/\s+/g, ' ').trim();
  const head = /^(select (?:distinct )?)(.*?)( from )/i.exec(flat);
  if (!head) return flat;
  const [whole, select = '', columns = '', from = ''] = head;
  // A query among the columns has a FROM of its own: what stands between would not be the list.
  if (columns.length < 20 || columns.includes('(')) return flat;
  return `${select}…${from}${flat.slice(whole.length)}`;
}
