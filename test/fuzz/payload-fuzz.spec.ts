import { fuzzPayloads } from './payload-fuzz.js';

const COUNT = Number(process.env['ANLAN_FUZZ_COUNT'] ?? 100_000);
const SEED = Number(process.env['ANLAN_FUZZ_SEED'] ?? 20_261);

test(`S-08, S-20: ${COUNT} hostile payloads (seed ${SEED}): no crash, no growth, each refused with a code`, () => {
  const { tried, accepted, refusals, heapGrowthBytes, slowestMs } = fuzzPayloads(COUNT, SEED);
  expect(tried).toBe(COUNT);
  expect(accepted).toBeGreaterThan(0);
  for (const code of [
    'not_json',
    'bad_shape',
    'empty',
    'too_large',
    'too_deep',
    'text_bad',
    'unknown_metric',
    'name_bad',
    'time_missing',
    'time_bad',
    'future',
    'value_missing',
    'value_bad',
    'quality_bad',
  ])
    expect(refusals.get(code)).toBeGreaterThan(0);
  // Without --expose-gc the heap may hold garbage of one collection cycle; kept payloads of 100 000 would be far more.
  expect(heapGrowthBytes).toBeLessThan(64 * 1024 * 1024);
  expect(slowestMs).toBeLessThan(500);
}, 300_000);
