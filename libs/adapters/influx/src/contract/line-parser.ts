/**
 * Line protocol read by its published grammar, one character at a time, sharing nothing with the code under test. Stricter than any
 * store: what is doubtful throws.
 */
export type Point = Readonly<{
  measurement: string;
  tags: Readonly<Record<string, string>>;
  fields: Readonly<Record<string, Field>>;
  ns: bigint;
}>;
export type Field = Readonly<{ type: 'float' | 'integer' | 'string' | 'boolean'; value: number | string | boolean }>;

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function parseLine(line: string): Point {
  let at = 0;
  const peek = (): string | undefined => line[at];
  /** Up to an unescaped one of `ends`; `\` escapes only `escapable`. */
  const word = (ends: string, escapable: string): string => {
    let text = '';
    while (at < line.length && !ends.includes(line[at] ?? '')) {
      if (line[at] === '\\' && escapable.includes(line[at + 1] ?? ' ~')) at += 1;
      text += line[at];
      at += 1;
    }
    if (text === '') throw new Error(`unable to parse '${line}': empty name or value at ${at}`);
    return text;
  };
  const take = (char: string): void => {
    if (line[at] !== char) throw new Error(`unable to parse '${line}': expected '${char}' at ${at}`);
    at += 1;
  };
  const measurement = word(', ', ', ');
  const tags: Record<string, string> = {};
  while (peek() === ',') {
    take(',');
    const name = word('=, ', ',= ');
    take('=');
    if (name in tags) throw new Error(`unable to parse '${line}': tag ${name} twice`);
    tags[name] = word(', ', ',= ');
  }
  take(' ');
  const fields: Record<string, Field> = {};
  for (;;) {
    const name = word('=, ', ',= ');
    take('=');
    fields[name] = peek() === '"' ? stringField() : plainField(word(', ', ''));
    if (peek() !== ',') break;
    take(',');
  }
  take(' ');
  const time = line.slice(at);
  if (!/^-?\d+$/.test(time)) throw new Error(`unable to parse '${line}': bad timestamp`);
  return { measurement, tags, fields, ns: BigInt(time) };

  function stringField(): Field {
    take('"');
    let value = '';
    while (peek() !== '"') {
      if (at >= line.length) throw new Error(`unable to parse '${line}': unbalanced quotes`);
      if (peek() === '\\' && '"\\'.includes(line[at + 1] ?? ' ')) at += 1;
      value += line[at];
      at += 1;
    }
    take('"');
    return { type: 'string', value };
  }
  function plainField(text: string): Field {
    if (/^-?\d+i$/.test(text)) return { type: 'integer', value: Number(text.slice(0, -1)) };
    if (['t', 'true', 'f', 'false'].includes(text)) return { type: 'boolean', value: text.startsWith('t') };
    if (FLOAT.test(text) && Number.isFinite(Number(text))) return { type: 'float', value: Number(text) };
    throw new Error(`unable to parse '${line}': invalid number`);
  }
}
