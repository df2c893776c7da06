// Colouring never changes a text, whatever the text is.
import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import Code from './Code.svelte';
import CodeBlock from './CodeBlock.svelte';
import { shortSql, tokenLines, tokens, type CodeLanguage, type Token } from './code';

const join = (found: Token[]) => found.map((token) => token.text).join('');
const of = (kind: Token['kind'], found: Token[]) => found.filter((t) => t.kind === kind).map((t) => t.text);
const LANGUAGES: CodeLanguage[] = ['sql', 'type_script', 'java_script', 'ruby', 'python', 'java', 'rust'];

test('a statement in its colours', () => {
  const found = tokens("select * FROM orders WHERE id = ANY($1) AND name = 'it''s' -- 21 times", 'sql');
  expect(of('keyword', found)).toEqual(['select', 'FROM', 'WHERE', 'AND']);
  expect(of('function', found)).toEqual(['ANY']);
  expect(of('string', found)).toEqual(["'it''s'"]);
  expect(of('comment', found)).toEqual(['-- 21 times']);
});

test('what only looks like SQL inside strings, names and comments stays as it is', () => {
  const tricky = `SELECT "from", $tag$ select ' $tag$, E'\\'from', $1, $? /* where ' */ FROM t`;
  const found = tokens(tricky, 'sql');
  expect(of('keyword', found)).toEqual(['SELECT', 'FROM']);
  expect(of('string', found)).toEqual([`$tag$ select ' $tag$`, `E'\\'from'`]);
});

test('other languages have their own words', () => {
  expect(of('keyword', tokens('const a = await find(1); // if', 'type_script'))).toEqual(['const', 'await']);
  expect(of('comment', tokens('Order.where(id: ids) # n+1', 'ruby'))).toEqual(['# n+1']);
  expect(of('function', tokens('orders.filter(id__in=ids)', 'python'))).toEqual(['filter']);
  expect(of('string', tokens(`fn name<'a>(at: &'a str) { get("tag") }`, 'rust'))).toEqual(['"tag"']);
});

test('anything comes out as it went in, cut anywhere', () => {
  const parts = [
    "'",
    '"',
    '`',
    '$$',
    '$a$',
    '--',
    '/*',
    '*/',
    '\\',
    '\n',
    'E',
    '#',
    '//',
    '$1',
    'select',
    'x',
    ' ',
    '<b>',
    '🙂',
    '"""',
    '(',
  ];
  let seed = 7;
  const next = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  for (let round = 0; round < 500; round += 1) {
    const text = Array.from({ length: next(30) }, () => parts[next(parts.length)]).join('');
    for (const language of LANGUAGES) {
      expect(join(tokens(text, language)), language).toBe(text);
      expect(tokenLines(text, language).map(join).join('\n'), language).toBe(text);
    }
  }
});

test('a string of a megabyte neither ends the stack nor takes long', () => {
  const long = `SELECT '${"a''b".repeat(30_000)}'`;
  const began = performance.now();
  expect(join(tokens(long, 'sql'))).toBe(long);
  expect(join(tokens("'".repeat(400_000), 'sql'))).toHaveLength(400_000);
  expect(performance.now() - began).toBeLessThan(1000);
});

test('markup in a statement is text', () => {
  const { container } = render(Code, { text: `SELECT '<img src=x onerror=alert(1)>'` });
  expect(container.querySelector('img')).toBeNull();
  expect(container.textContent).toBe(`SELECT '<img src=x onerror=alert(1)>'`);
});

test('a block shows what goes and what comes, line by line', () => {
  render(CodeBlock, {
    code: 'SELECT 2\nFROM a',
    before: 'SELECT 1',
    beforeNote: '21 times',
    testid: 'block',
  });
  const lines = [...screen.getByTestId('block').querySelectorAll('[data-mark]')];
  expect(lines.map((line) => line.textContent?.trim())).toEqual([
    '- SELECT 1   -- 21 times',
    '+ SELECT 2',
    '+ FROM a',
  ]);
});

test.each([
  ['SELECT id, total, created_at, status\n FROM orders WHERE id = $1', 'SELECT … FROM orders WHERE id = $1'],
  ['SELECT * FROM orders', 'SELECT * FROM orders'],
  ['SELECT id FROM a', 'SELECT id FROM a'],
  [
    'SELECT (SELECT count(*) FROM b), aaaaaaaaaaaaaaa FROM a',
    'SELECT (SELECT count(*) FROM b), aaaaaaaaaaaaaaa FROM a',
  ],
  ['UPDATE a SET b = $1', 'UPDATE a SET b = $1'],
])('%s in short', (statement, short) => expect(shortSql(statement)).toBe(short));
