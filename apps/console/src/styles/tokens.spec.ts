/** @jest-environment node */
import { readFileSync } from 'node:fs';

const css = readFileSync(`${import.meta.dirname}/tokens.css`, 'utf8');
const LEVELS = ['red', 'orange', 'yellow', 'blue'] as const;

function tokensOf(theme: string): ReadonlyMap<string, string> {
  const block = new RegExp(`data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? '';
  return new Map([...block.matchAll(/--an-([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name ?? '', value ?? '']));
}

/** WCAG 2.2 contrast of two sRGB colours. */
function ratio(a: string, b: string): number {
  const light = (hex: string): number => {
    const [r = 0, g = 0, blue = 0] = [1, 3, 5].map((at) => {
      const c = parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

describe.each(['light', 'dark'])('theme %s', (theme) => {
  const tokens = tokensOf(theme);
  const of = (name: string): string => tokens.get(name) ?? '#000000';
  test.each(['ink', 'ink-2', 'ink-3'])('%s is readable on every ground and tint (4.5)', (ink) => {
    for (const ground of ['page', 'surface', 'raised', ...LEVELS.map((level) => `${level}-tint`)])
      expect(ratio(of(ink), of(ground))).toBeGreaterThanOrEqual(4.5);
  });
  test.each(LEVELS)('%s: its edge stands out (3) and its own text can be read', (level) => {
    for (const ground of ['page', 'surface', `${level}-tint`]) expect(ratio(of(`${level}-edge`), of(ground))).toBeGreaterThanOrEqual(3);
    expect(ratio(of(`${level}-ink`), of(level))).toBeGreaterThanOrEqual(4.5);
  });
  test('borders of controls stand out (3)', () => {
    for (const ground of ['page', 'surface', 'raised']) expect(ratio(of('strong'), of(ground))).toBeGreaterThanOrEqual(3);
  });
});
