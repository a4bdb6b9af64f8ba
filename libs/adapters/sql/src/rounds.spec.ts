import { rounds } from './rounds.js';

/** Rounds that are finished by hand. */
function byHand() {
  const seen: (readonly string[])[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const call = rounds<string, string>((calls) => {
    seen.push(calls);
    return new Promise((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve(calls.map((one) => `${one} done`)))));
  });
  const end = async (error?: Error): Promise<void> => {
    while (ends.length === 0) await new Promise((done) => setImmediate(done));
    ends.shift()?.(error);
  };
  return { seen, call, end };
}

describe('rounds', () => {
  test('calls of one turn share a round, those that come meanwhile the next one', async () => {
    const { seen, call, end } = byHand();
    const first = [call('a'), call('b')];
    await new Promise((done) => setImmediate(done));
    const second = [call('c'), call('d'), call('e')];
    await end();
    expect(await Promise.all(first)).toEqual(['a done', 'b done']);
    await end();
    expect(await Promise.all(second)).toEqual(['c done', 'd done', 'e done']);
    expect(seen).toEqual([['a', 'b'], ['c', 'd', 'e']]); // prettier-ignore
  });

  test('after a failed round each call is alone, until one succeeds', async () => {
    const { seen, call, end } = byHand();
    const outcomes = Promise.allSettled([call('a'), call('b')]);
    await end(new Error('a is poison'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = [call('a'), call('b'), call('c'), call('d')].map((one) => one.catch(() => 'failed'));
    await end(new Error('a is poison'));
    await end();
    await end();
    expect(await Promise.all(again)).toEqual(['failed', 'b done', 'c done', 'd done']);
    expect(seen).toEqual([['a', 'b'], ['a'], ['b'], ['c', 'd']]); // prettier-ignore
  });
});
