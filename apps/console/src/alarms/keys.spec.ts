/** @jest-environment node */
import { boardAct, everywhereAct, type KeyPress } from './keys.js';

const press = (code: string, change: Partial<KeyPress> = {}): KeyPress => ({
  code,
  key: '',
  keyCode: 0,
  isComposing: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  ...change,
});

describe('boardAct', () => {
  test('A acknowledges, by its place on the keyboard', () => {
    expect(boardAct(press('KeyA', { key: 'ф' }))).toEqual({ do: 'acknowledge' });
  });
  test('a key held down acknowledges once', () => {
    expect(boardAct(press('KeyA', { repeat: true }))).toBeNull();
    expect(boardAct(press('KeyJ', { repeat: true }))).toEqual({ do: 'move', by: 1 });
  });
  test('letters of a half-written Chinese word are not ours, F8 is', () => {
    expect(boardAct(press('KeyA', { isComposing: true }))).toBeNull();
    expect(boardAct(press('KeyA', { keyCode: 229 }))).toBeNull();
    expect(boardAct(press('F8', { isComposing: true, keyCode: 229 }))).toEqual({ do: 'acknowledge' });
  });
  test.each(['ctrlKey', 'metaKey', 'altKey'] as const)('with %s it belongs to the browser', (modifier) => {
    expect(boardAct(press('KeyA', { [modifier]: true }))).toBeNull();
  });
  test('silence is another key than acknowledge', () => {
    expect(boardAct(press('KeyS'))).toEqual({ do: 'silence' });
    expect(everywhereAct(press('F9'))).toEqual({ do: 'silence' });
    expect(everywhereAct(press('KeyA'))).toBeNull();
  });
});
