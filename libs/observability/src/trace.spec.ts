import { idsOf, isTold, placeAfter, placeFrom, silentTracer, tracePlace } from './index.js';

const PLACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a traceparent from outside is taken only in the form of the standard', () => {
  expect(tracePlace(PLACE)).toBe(PLACE);
  const bad = [
    '',
    PLACE.slice(1),
    `${PLACE}-x`,
    PLACE.toUpperCase(),
    PLACE.replace('00-', 'ff-'),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
  ];
  for (const text of bad) expect(tracePlace(text)).toBeUndefined();
});

test('what follows stays in the trace; work done again is the same span, other work is another', () => {
  const next = placeAfter(PLACE, 'verdict-1');
  expect(tracePlace(next)).toBe(next);
  expect(idsOf(next).traceId).toBe(idsOf(PLACE).traceId);
  expect(idsOf(next).spanId).not.toBe(idsOf(PLACE).spanId);
  expect(placeAfter(PLACE, 'verdict-1')).toBe(next);
  expect(placeAfter(PLACE.replace(/01$/, '00'), 'verdict-1')).toBe(next);
  expect(placeAfter(PLACE, 'verdict-2')).not.toBe(next);
});

test('a trace that begins at a key is the same wherever the key is known, and nobody has told its first span yet', () => {
  const place = placeFrom('3/42/1760000000000');
  expect(tracePlace(place)).toBe(place);
  expect(placeFrom('3/42/1760000000000')).toBe(place);
  expect([isTold(place), isTold(PLACE)]).toEqual([false, true]);
});

test('without a collector nothing is made', () => {
  expect(silentTracer.on).toBe(false);
  expect(silentTracer.begin()).toBeUndefined();
});
