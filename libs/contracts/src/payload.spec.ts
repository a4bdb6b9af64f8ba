import { DEAD_LETTER_CODES } from './dead-letter.js';
import { parseEvent, parseStatus } from './payload-device.js';
import { MAX_PART_CHARS } from './payload-text.js';
import { parseTelemetry, type ParsedTelemetry, type TelemetryContext } from './payload.js';
import fc from 'fast-check';

const AT = 1_760_000_000_000;
const CH4 = { id: 'dev-1.ch4', min: 0, max: 20 };
const TEMP = { id: 'dev-1.temp' };
const context: TelemetryContext = {
  arrivedAt: AT,
  points: new Map([
    ['ch4', CH4],
    ['dev-1.ch4', CH4],
    ['temp', TEMP],
  ]),
  localToUtc: (wallClock) => wallClock - 8 * 3_600_000,
  maxAgeMs: 400 * 86_400_000,
};
const parse = (payload: unknown, other: Partial<TelemetryContext> = {}): ParsedTelemetry =>
  parseTelemetry(new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload)), { ...context, ...other });
const codes = (payload: unknown): readonly string[] => parse(payload).refused.map(({ code }) => code);

describe('the three forms of telemetry', () => {
  test('values at one time, numbers as text too', () => {
    expect(parse({ t: AT, values: { ch4: 1.25, temp: '18.2' } })).toEqual({
      readings: [
        { pointId: CH4.id, t: AT, v: 1.25, q: 'good' },
        { pointId: TEMP.id, t: AT, v: 18.2, q: 'good' },
      ],
      refused: [],
    });
  });
  test('readings with a time each, with seq and quality', () => {
    const { seq, readings } = parse({
      seq: 1042,
      readings: [
        { m: 'ch4', t: AT - 60_000, v: 1.25, q: 'uncertain' },
        { m: 'dev-1.ch4', t: AT / 1000, v: 1.31 },
      ],
    });
    expect(seq).toBe(1042);
    expect(readings).toEqual([
      { pointId: CH4.id, t: AT - 60_000, v: 1.25, q: 'uncertain' },
      { pointId: CH4.id, t: AT, v: 1.31, q: 'good' },
    ]);
  });
  test('an array of both', () => {
    expect(parse([{ t: AT, values: { ch4: 0.4 } }, { readings: [{ m: 'temp', t: AT, v: 3 }] }]).readings).toHaveLength(2);
  });
  test('a byte order mark is no fault', () =>
    expect(parse(`\ufeff${JSON.stringify({ t: AT, values: { ch4: 1 } })}`).readings).toHaveLength(1));
  test('a quality beside `values` holds for all of them: a fault is never read as good', () => {
    expect(parse({ t: AT, q: 'bad', values: { ch4: 1 } }).readings[0]?.q).toBe('bad');
  });
  test('a seq that counts nothing is left out', () => {
    for (const seq of [-1, 1.5, 'x', null, 1e300]) expect(parse({ seq, t: AT, values: { ch4: 1 } })).not.toHaveProperty('seq');
    expect(parse({ seq: '7', t: AT, values: { ch4: 1 } }).seq).toBe(7);
  });
});

describe('a message that cannot be read is one refusal', () => {
  test.each<readonly [string, string]>([
    ['', 'empty'],
    ['{}', 'bad_shape'],
    ['[]', 'empty'],
    ['{"t":1,"values":{}}', 'empty'],
    ['{"readings":[]}', 'empty'],
    ['null', 'bad_shape'],
    ['7', 'bad_shape'],
    ['"x"', 'bad_shape'],
    ['{', 'not_json'],
    ['NaN', 'not_json'],
    ['[1]', 'bad_shape'],
    ['['.repeat(7) + ']'.repeat(7), 'too_deep'],
    ['['.repeat(60_000), 'too_deep'],
    [' '.repeat(65_537), 'too_large'],
    [JSON.stringify({ readings: Array.from({ length: 501 }, () => ({ m: 'ch4', t: AT, v: 1 })) }), 'too_many_readings'],
    [JSON.stringify(Array.from({ length: 501 }, () => ({}))), 'too_many_readings'],
  ])('%.40s → %s', (payload, code) => {
    const { readings, refused } = parse(payload);
    expect(readings).toEqual([]);
    expect(refused.map((refusal) => refusal.code)).toEqual([code]);
  });
  test('bytes that are no UTF-8', () =>
    expect(parseTelemetry(new Uint8Array([0x7b, 0xff, 0xfe]), context).refused[0]?.code).toBe('text_bad'));
  test('limits: exactly 500 readings, 64 KiB and depth 6 are taken', () => {
    expect(parse({ readings: Array.from({ length: 500 }, (_, at) => ({ m: 'ch4', t: AT - at, v: 1 })) }).readings).toHaveLength(500);
    const text = JSON.stringify({ t: AT, values: { ch4: 1 } });
    expect(parse(text + ' '.repeat(65_536 - text.length)).readings).toHaveLength(1);
    expect(parse(`{"t":${AT},"values":{"ch4":1},"x":[[[[[]]]]]}`).readings).toHaveLength(1);
  });
  test('brackets within texts are no depth', () =>
    expect(codes({ t: AT, values: { ['['.repeat(10) + '\\"{{{']: 1 } })).toEqual(['unknown_metric']));
});

describe('R-05: a faulty reading is refused alone, with its reason', () => {
  test.each<readonly [Record<string, unknown>, string]>([
    [{ m: 'nope', t: AT, v: 1 }, 'unknown_metric'],
    [{ m: '__proto__', t: AT, v: 1 }, 'unknown_metric'],
    [{ m: 'constructor', t: AT, v: 1 }, 'unknown_metric'],
    [{ m: 7, t: AT, v: 1 }, 'name_bad'],
    [{ t: AT, v: 1 }, 'name_bad'],
    [{ m: 'x'.repeat(65), t: AT, v: 1 }, 'name_bad'],
    [{ m: 'ch4', v: 1 }, 'time_missing'],
    [{ m: 'ch4', t: null, v: 1 }, 'time_missing'],
    [{ m: 'ch4', t: 'soon', v: 1 }, 'time_bad'],
    [{ m: 'ch4', t: AT }, 'value_missing'],
    [{ m: 'ch4', t: AT, v: null }, 'value_missing'],
    [{ m: 'ch4', t: AT, v: '' }, 'value_bad'],
    [{ m: 'ch4', t: AT, v: true }, 'value_bad'],
    [{ m: 'ch4', t: AT, v: [1] }, 'value_bad'],
    [{ m: 'ch4', t: AT, v: 1, q: 'fine' }, 'quality_bad'],
    [{ m: 'ch4', t: AT, v: 1, q: 0 }, 'quality_bad'],
    [{ m: 'ch4', t: AT - 401 * 86_400_000, v: 1 }, 'too_old'],
    [{ m: 'ch4', t: AT + 3_600_001, v: 1 }, 'future'],
    [{ m: 'ch4', t: AT * 1000, v: 1 }, 'future'],
  ])('%p → %s', (bad, code) => {
    const { readings, refused } = parse({ readings: [{ m: 'ch4', t: AT, v: 1 }, bad, { m: 'temp', t: AT, v: 2 }] });
    expect(readings.map(({ v }) => v)).toEqual([1, 2]);
    expect(refused.map((refusal) => refusal.code)).toEqual([code]);
  });
  test('1e400 in the JSON itself', () => expect(codes(`{"t":${AT},"values":{"ch4":1e400}}`)).toEqual(['value_bad']));
  test('S-20: prototype names are metrics that nobody has, and pollute nothing', () => {
    const text = `{"t":${AT},"values":{"__proto__":{"polluted":1},"constructor":1,"toString":2,"hasOwnProperty":3}}`;
    expect(codes(text)).toEqual(['unknown_metric', 'unknown_metric', 'unknown_metric', 'unknown_metric']);
    expect(codes(`{"__proto__":{"t":${AT},"values":{"ch4":1}}}`)).toEqual(['bad_shape']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
  test('the part of a refusal is telemetry that can be tried again by itself', () => {
    const later = new Map([...context.points, ['new', { id: 'dev-1.new' }] as const]);
    for (const message of [{ t: AT, values: { new: '3.5' } }, { readings: [{ m: 'new', t: AT, v: 3.5, q: 'uncertain' }] }]) {
      const part = parse(message).refused[0]?.part ?? '';
      expect(parse(part, { points: later }).readings).toMatchObject([{ pointId: 'dev-1.new', t: AT, v: 3.5 }]);
    }
  });
  test('one message cannot become megabytes of dead letters', () => {
    const values = Object.fromEntries(Array.from({ length: 499 }, (_, at) => [`k${at}`, 1]));
    const { refused } = parse({ t: 'x'.repeat(50_000), values });
    expect(refused.reduce((sum, { part }) => sum + part.length, 0)).toBeLessThan(80_000);
    expect(refused.every(({ part }) => part.length <= MAX_PART_CHARS)).toBe(true);
  });
});

describe('ruling 7: the clock guard', () => {
  test('up to 60 s ahead the device is believed', () =>
    expect(parse({ t: AT + 60_000, values: { ch4: 1 } }).readings).toEqual([{ pointId: CH4.id, t: AT + 60_000, v: 1, q: 'good' }]));
  test('up to an hour ahead the time of arrival is used and the own time kept', () => {
    for (const ahead of [60_001, 3_600_000])
      expect(parse({ t: AT + ahead, values: { ch4: 1 } }).readings).toEqual([
        { pointId: CH4.id, t: AT, tDevice: AT + ahead, v: 1, q: 'good', flags: ['clockSkew'] },
      ]);
  });
  test('past times are never changed', () =>
    expect(parse({ t: AT - 399 * 86_400_000, values: { ch4: 1 } }).readings[0]?.t).toBe(AT - 399 * 86_400_000));
  test('without retention nothing is too old', () =>
    expect(parse({ t: 1000, values: { ch4: 1 } }, { maxAgeMs: null }).readings[0]?.t).toBe(1_000_000));
});

describe('ruling 28: outside the range of the point', () => {
  test.each([
    [-0.001, true],
    [0, false],
    [20, false],
    [20.001, true],
  ])('%p', (v, outside) => {
    expect(parse({ t: AT, values: { ch4: v } }).readings[0]).toEqual(
      outside ? { pointId: CH4.id, t: AT, v, q: 'bad', flags: ['outOfRange'] } : { pointId: CH4.id, t: AT, v, q: 'good' },
    );
  });
});

describe('status and events', () => {
  const said = { arrivedAt: AT, localToUtc: context.localToUtc };
  const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  test('a status', () =>
    expect(parseStatus(bytes({ online: false, t: AT - 5 }), said)).toEqual({ kind: 'status', online: false, t: AT - 5 }));
  test('a status without a clock happened at arrival', () =>
    expect(parseStatus(bytes({ online: true }), said)).toEqual({ kind: 'status', online: true, t: AT }));
  test.each([
    [{ online: 'yes' }, 'bad_shape'],
    [[], 'bad_shape'],
    ['x'.repeat(1024), 'too_large'],
  ])('refuses the status %.20p', (value, code) =>
    expect(parseStatus(bytes(value), said)).toMatchObject({ kind: 'refused', refusal: { code } }),
  );
  test('an event', () =>
    expect(parseEvent(bytes({ t: AT, event: 'cover_open', data: { tilt: 12 } }), said)).toEqual({
      kind: 'event',
      event: 'cover_open',
      t: AT,
      data: { tilt: 12 },
    }));
  test.each([
    [{ t: AT }, 'name_bad'],
    [{ event: 'a b' }, 'name_bad'],
    [{ event: 'x'.repeat(65) }, 'name_bad'],
    [{ event: 'x', data: [] }, 'bad_shape'],
    [{ event: 'x', data: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`k${at}`, 1])) }, 'bad_shape'],
    [7, 'bad_shape'],
  ])('refuses the event %.20p', (value, code) =>
    expect(parseEvent(bytes(value), said)).toMatchObject({ kind: 'refused', refusal: { code } }),
  );
});

test('R-04: whatever is sent, every reading is either taken or refused with a code, and nothing throws', () => {
  const anyReading = fc.record({
    m: fc.oneof(fc.constantFrom('ch4', 'temp', '__proto__'), fc.string()),
    t: fc.oneof(fc.integer({ min: AT - 1e6, max: AT + 1e7 }), fc.anything()),
    v: fc.oneof(fc.double(), fc.string(), fc.anything()),
    q: fc.oneof(fc.constant(undefined), fc.string()),
  });
  fc.assert(
    fc.property(fc.array(anyReading, { maxLength: 20 }), (readings) => {
      const text = safeJson({ readings });
      if (text === undefined) return;
      const out = parse(text);
      const whole = out.refused.length === 1 && out.readings.length === 0;
      expect(whole || out.readings.length + out.refused.length === readings.length).toBe(true);
      for (const { code } of out.refused) expect(DEAD_LETTER_CODES).toContain(code);
      for (const reading of out.readings) expect(Number.isFinite(reading.v) && Number.isFinite(reading.t)).toBe(true);
    }),
    { seed: 20_261, numRuns: 300 },
  );
});

function safeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // bigints and cycles are no JSON
  }
}
