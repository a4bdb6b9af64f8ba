import {
  alarmsQuery,
  commandBody,
  deadLetterJson,
  isoOf,
  isoOrNull,
  limitText,
  listText,
  momentText,
  notificationJson,
  spanText,
  type Notification,
} from '../index.js';

describe('what callers write', () => {
  test.each([
    ['2026-03-01T04:00:00Z', 1_772_337_600_000],
    ['2026-03-01T12:00:00.250+08:00', 1_772_337_600_250],
    ['1772337600000', 1_772_337_600_000],
    ['0', 0],
  ])('%s is a moment', (text, at) => expect(momentText.parse(text)).toBe(at));

  test.each(['', '2026-03-01', '2026-03-01T04:00:00', '2026-02-30T04:00:00Z', '-5', '1e12', 'yesterday', '2026-13-01T00:00:00Z'])(
    '%s is none',
    (text) => expect(momentText.safeParse(text).success).toBe(false),
  );

  test.each([
    ['500', 500],
    ['500ms', 500],
    ['60s', 60_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
  ])('%s is a length of time', (text, ms) => expect(spanText.parse(text)).toBe(ms));

  test.each(['', '0s', '-1s', '1.5h', '1 h', 's', '5w', '99999999999999s'])('%s is none', (text) =>
    expect(spanText.safeParse(text).success).toBe(false),
  );

  test('limits are clamped into their range, absent ones have a default, words are refused', () => {
    const limit = limitText(100, 500);
    expect([undefined, '1', '500', '501', '999999999', '0', '-3'].map((text) => limit.parse(text))).toEqual([100, 1, 500, 500, 500, 1, 1]);
    for (const text of ['', 'many', '1e3', '5.5', 'Infinity']) expect(limit.safeParse(text).success).toBe(false);
  });

  test('lists are separated by commas', () => {
    expect(listText(['a', 'b']).parse('b,a')).toEqual(['b', 'a']);
    expect(listText(['a', 'b']).safeParse('a,c').success).toBe(false);
  });

  test('alarm queries: words of the contract, nothing else', () => {
    expect(alarmsQuery.parse({ open: 'true', level: 'red,orange', sort: 'urgency' })).toEqual({
      open: true,
      level: ['red', 'orange'],
      sort: 'urgency',
      limit: 100,
    });
    for (const bad of [{ level: 'crimson' }, { open: 'yes' }, { sort: 'oldest' }, { siteId: '#' }, { x: '1' }])
      expect(alarmsQuery.safeParse(bad).success).toBe(false);
  });

  test('S-32: commands are strict, bounded, and tell times as milliseconds', () => {
    expect(commandBody.parse({ type: 'shelve', until: '2026-03-01T04:00:00Z', reason: ' 检修 ', oneShot: true })).toEqual({
      type: 'shelve',
      until: 1_772_337_600_000,
      reason: '检修',
      oneShot: true,
    });
    expect(commandBody.parse({ type: 'dispatch' })).toEqual({ type: 'dispatch' });
    const bad = [
      {},
      { type: 'explode' },
      { type: 'acknowledge', actor: 'me' },
      { type: 'acknowledge', comment: 'x'.repeat(501) },
      { type: 'acknowledge', idempotencyKey: '' },
      { type: 'acknowledge', idempotencyKey: 'x'.repeat(65) },
      { type: 'acknowledge', idempotencyKey: 'with space' },
      { type: 'comment' },
      { type: 'comment', comment: '  ' },
      { type: 'shelve', reason: 'x' },
      { type: 'shelve', until: '2026-03-01T04:00:00Z', reason: '' },
      { type: 'markFalse', cause: 'test' },
      { type: 'acknowledge', upToLevel: 'red' },
      { type: 'acknowledge', expectedVersion: -1 },
      { type: 'acknowledge', expectedVersion: 1.5 },
    ];
    for (const body of bad) expect([body, commandBody.safeParse(body).success]).toEqual([body, false]);
  });
});

describe('what the API writes', () => {
  test('times are ISO 8601 UTC with milliseconds', () => {
    expect(isoOf(1_772_337_600_000)).toBe('2026-03-01T04:00:00.000Z');
    expect(isoOrNull(null)).toBeNull();
  });

  test('a dead letter', () => {
    const letter = {
      id: 'd',
      deviceId: 'dev',
      receivedAt: 0,
      code: 'not_json',
      reason: 'r',
      payload: '{',
      topic: 't',
      retriedAt: null,
      retryOutcome: null,
    } as const;
    expect(deadLetterJson(letter)).toEqual({ ...letter, receivedAt: '1970-01-01T00:00:00.000Z' });
  });

  const row: Notification = {
    id: 'n',
    eventId: 'e',
    alarmId: 'a',
    kind: 'raise',
    level: 'red',
    channel: 'outbox',
    personId: 'p',
    recipient: '甲',
    step: 0,
    state: 'sent',
    text: '红色 https://x/a/TOKEN 请处理',
    link: 'https://x/a/TOKEN',
    mergedInto: null,
    attempts: 1,
    createdAt: 0,
    dueAt: 0,
    sentAt: null,
    outcome: null,
  };
  test('a link is shown only with the right to it, and only of the outbox; otherwise it is out of the text too', () => {
    expect(notificationJson(row, true)).toMatchObject({ link: 'https://x/a/TOKEN', text: row.text, createdAt: '1970-01-01T00:00:00.000Z' });
    expect(notificationJson(row, false)).toMatchObject({ link: null, text: '红色 … 请处理' });
    expect(notificationJson({ ...row, channel: 'webhook' }, true)).toMatchObject({ link: null, text: '红色 … 请处理' });
  });
});
