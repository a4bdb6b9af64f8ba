import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { frames, type Frame } from './frames.js';
import { decodePublish, encodePubacks, type MqttVersion } from './publish.js';

const LIMIT = 200;
const allOf = (limit: number, chunks: readonly Buffer[]): Readonly<{ taken: Frame[]; fault: string | undefined }> => {
  const stream = frames(limit);
  const taken: Frame[] = [];
  for (const chunk of chunks) {
    stream.push(chunk);
    for (let frame = stream.next(); frame; frame = stream.next()) taken.push({ ...frame, bytes: Buffer.from(frame.bytes) });
  }
  return { taken, fault: stream.fault() };
};
/** Cuts bytes into pieces at will. */
const pieces = (bytes: Buffer, cuts: readonly number[]): readonly Buffer[] => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, at) => bytes.subarray(from, [...places, bytes.length][at]));
};

const publishes = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 40 }),
  payload: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom(0 as const, 1 as const),
  retain: fc.boolean(),
  dup: fc.boolean(),
  messageId: fc.integer({ min: 1, max: 65_535 }),
  user: fc.option(fc.string({ maxLength: 30 }), { nil: undefined }),
});
type Shape = typeof publishes extends fc.Arbitrary<infer T> ? T : never;
const bytesOf = ({ user, qos, dup, messageId, ...rest }: Shape, version: MqttVersion): Buffer => {
  const properties =
    version === 5 && user !== undefined ? { properties: { userProperties: { note: user }, messageExpiryInterval: 7 } } : {};
  const packet: Packet = { cmd: 'publish', ...rest, qos, dup: qos === 1 && dup, ...(qos === 1 && { messageId }), ...properties };
  return generate(packet, { protocolVersion: version });
};
const text = (value: string): string => Buffer.from(value).toString();

describe.each([4, 5] as const)('packets of MQTT version %i', (version) => {
  test('every PUBLISH that mqtt-packet writes is read back, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(publishes, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (shapes, cuts) => {
        const { taken, fault } = allOf(100_000, pieces(Buffer.concat(shapes.map((shape) => bytesOf(shape, version))), cuts));
        expect(fault).toBeUndefined();
        expect(taken.map((frame) => decodePublish(frame, version))).toEqual(
          shapes.map(({ topic, payload, qos, retain, messageId }) => ({
            topic: text(topic),
            payload,
            qos,
            retain,
            messageId: qos === 1 ? messageId : 0,
          })),
        );
      }),
    );
  });

  test('a PUBLISH beyond the limit is cut, keeps its topic and number, and the next one is whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000 }), fc.array(fc.nat(), { maxLength: 20 }), (extra, cuts) => {
        const large = {
          topic: 't/1',
          payload: Buffer.alloc(LIMIT + extra, 0x61),
          qos: 1,
          retain: false,
          dup: false,
          messageId: 9,
          user: 'u',
        } as const;
        const small = { ...large, payload: Buffer.from('next'), messageId: 10 };
        const { taken, fault } = allOf(LIMIT, pieces(Buffer.concat([bytesOf(large, version), bytesOf(small, version)]), cuts));
        expect(fault).toBeUndefined();
        const [first, second] = taken.map((frame) => decodePublish(frame, version));
        expect(taken.map(({ cut }) => cut)).toEqual([true, false]);
        expect(first).toMatchObject({ topic: 't/1', messageId: 9, qos: 1 });
        expect(first?.payload.every((byte) => byte === 0x61)).toBe(true);
        expect(first?.payload.length).toBeLessThanOrEqual(LIMIT);
        expect(second).toMatchObject({ messageId: 10, payload: Buffer.from('next') });
      }),
    );
  });

  test('bytes that are no PUBLISH give nothing, never an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 15 }), (body, flags) => {
        const bytes = Buffer.concat([Buffer.from([0x30 | flags, body.length]), body]);
        const publish = decodePublish({ bytes, type: 3, flags, bodyAt: 2, cut: false }, version);
        if (publish) expect(publish.topic.length).toBeGreaterThan(0);
      }),
    );
  });
});

test('QoS 2, an empty topic and number 0 are refused', () => {
  const frame = (flags: number, body: readonly number[]): Frame => ({
    bytes: Buffer.from([0x30 | flags, body.length, ...body]),
    type: 3,
    flags,
    bodyAt: 2,
    cut: false,
  });
  expect(decodePublish(frame(4, [0, 1, 97, 0, 1]), 4)).toBeUndefined();
  expect(decodePublish(frame(0, [0, 0, 1]), 4)).toBeUndefined();
  expect(decodePublish(frame(2, [0, 1, 97, 0, 0]), 4)).toBeUndefined();
  expect(decodePublish(frame(2, [0, 1, 97, 0, 1]), 4)).toMatchObject({ topic: 'a', messageId: 1 });
});

test('five length bytes, and a large packet that is no PUBLISH, are faults; nothing comes after them', () => {
  expect(allOf(LIMIT, [Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1])]).fault).toBe('bad_length');
  const large = allOf(LIMIT, [Buffer.from([0x90, 0xff, 0x7f]), Buffer.from([0xd0, 0])]);
  expect(large).toEqual({ taken: [], fault: 'oversized' });
});

test('PUBACKs are what mqtt-packet would write', () => {
  const expected = [1, 255, 65_535].map((messageId) => generate({ cmd: 'puback', messageId }, { protocolVersion: 4 }));
  expect(encodePubacks([1, 255, 65_535])).toEqual(Buffer.concat(expected));
});
