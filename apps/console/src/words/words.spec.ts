/** @jest-environment node */
import { en } from './en.js';
import { zh } from './zh.js';

const holes = (text: string): readonly string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();
const entries = Object.entries(zh) as readonly (readonly [keyof typeof zh, string])[];

describe('words', () => {
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
