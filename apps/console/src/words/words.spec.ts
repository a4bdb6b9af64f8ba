/** @jest-environment node */
import { enRules } from '../rules/words-en.js';
import { zhRules } from '../rules/words-zh.js';
import { en as enHouse } from './en.js';
import { zh as zhHouse } from './zh.js';

/** The words of the rule pages come later, but they are words of the same book. */
const zh = { ...zhHouse, ...zhRules } as const;
const en = { ...enHouse, ...enRules } as const;

const holes = (text: string): readonly string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();
const entries = Object.entries(zh) as readonly (readonly [keyof typeof zh, string])[];

describe('words', () => {
  test('no word of the rule pages takes the place of another', () => {
    expect(Object.keys(zhRules).filter((key) => key in zhHouse)).toEqual([]);
  });
  test('both languages have the same keys, in the same order', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
  });
  test.each(entries)('%s has the same holes in both and is not empty', (key, text) => {
    expect(text).not.toBe('');
    expect(en[key]).not.toBe('');
    expect(new Set(holes(en[key]))).toEqual(new Set(holes(text)));
  });
  test('nobody is called 您 and nothing is shouted', () => {
    for (const text of [...Object.values(zh), ...Object.values(en)]) expect(text).not.toMatch(/您|[!！]|成功/);
  });
});
