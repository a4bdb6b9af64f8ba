import type { LedgerItem } from '@anlan/contracts';
import { checkAll } from './checks.js';
import { type Death, repeatedInVain } from './repeats.js';

const nobody: ReadonlySet<string> = new Set();
const death = (at: number, sent: ReadonlySet<string> = nobody): Death => ({ at, sent });
const calls = (...at: readonly number[]): readonly Readonly<{ id: string; at: number }>[] => at.map((time) => ({ id: 'n', at: time }));

describe('R-18 a POST that comes again', () => {
  test('after a death that left no success on record is right, however long after the first', () =>
    expect(repeatedInVain(calls(10, 90_000), [death(20_000)])).toEqual([false, false]));

  test('the first may have lain in the socket when the process was killed already', () => {
    const killedAt = 9;
    expect(repeatedInVain(calls(killedAt + 1, 40_000), [death(killedAt + 2)])).toEqual([false, false]);
  });

  test('is in vain within one life', () => expect(repeatedInVain(calls(10, 40_000), [death(5), death(50_000)])).toEqual([false, true]));

  test('is in vain when the death before it left the success on record, also that of an earlier life', () => {
    const onRecord = new Set(['n']);
    expect(repeatedInVain(calls(10, 40_000), [death(20, onRecord)])).toEqual([false, true]);
    expect(repeatedInVain(calls(10, 40_000, 80_000), [death(20), death(50_000, onRecord)])).toEqual([false, false, true]);
  });
});

describe('dead letters', () => {
  const ledger: readonly LedgerItem[] = [
    { deviceId: 'd-1', received: 1, stored: 0, rejected: 1, duplicate: 0, quarantined: 0, inFlight: 0, gaps: [] },
  ];
  const letter = (deviceId: string) => ({ id: `of ${deviceId}`, deviceId, code: 'bad_shape', reason: 'why' }) as const;
  const invariants = (...letters: readonly string[]): readonly string[] =>
    checkAll({ ledger, deadLetters: letters.map(letter) }).findings.map(({ invariant }) => invariant);

  test('R-05 one for each refused reading of its own device', () => {
    expect(invariants('d-1')).toEqual([]);
    expect(invariants()).toEqual(['R-05']);
    expect(invariants('d-1', 'd-1')).toEqual(['R-05']);
    expect(invariants('d-2')).toEqual(['R-05', 'R-05']);
  });

  test('R-13 one of the platform is a verdict that no alarm got, and no refused reading', () =>
    expect(invariants('d-1', 'platform')).toEqual(['R-13']));
});

test('a check without its evidence says so instead of passing', () =>
  expect(checkAll({}).unchecked).toEqual([
    'R-01',
    'R-03',
    'R-04',
    'R-05',
    'R-06',
    'R-07',
    'R-08',
    'R-09',
    'R-10',
    'R-11',
    'R-12',
    'R-13',
    'R-18',
    'R-19',
  ]));
