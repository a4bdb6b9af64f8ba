import type { Frame } from './frames.js';

export type MqttVersion = 4 | 5;
export type Publish = Readonly<{
  topic: string;
  payload: Buffer;
  qos: 0 | 1;
  retain: boolean;
  /** The broker's number for the acknowledgement; 0 with QoS 0. */
  messageId: number;
}>;

const RETAIN = 0x01;

/** Reads a variable byte integer (MQTT 5, 1.5.5); undefined when it is not there or too long. */
function varInt(bytes: Buffer, from: number): Readonly<{ value: number; end: number }> | undefined {
  let value = 0;
  for (let at = 0; at < 4; at++) {
    const byte = bytes[from + at];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** at;
    if (!(byte & 0x80)) return { value, end: from + at + 1 };
  }
  return undefined;
}

/**
 * A PUBLISH as MQTT 3.1.1 (3.3) and 5 (3.3) write it; undefined: it is none. Of a cut one the payload is what was kept.
 * QoS 2 is no valid answer to our subscriptions, which ask for QoS 1 at most; an empty topic would be an alias, which we never allow.
 */
export function decodePublish({ bytes, flags, bodyAt, cut }: Frame, version: MqttVersion): Publish | undefined {
  const qos = (flags >> 1) & 3;
  if (qos > 1 || bytes.length < bodyAt + 2) return undefined;
  const topicEnd = bodyAt + 2 + bytes.readUInt16BE(bodyAt);
  const idEnd = topicEnd + (qos === 1 ? 2 : 0);
  if (topicEnd === bodyAt + 2 || idEnd > bytes.length) return undefined;
  const messageId = qos === 1 ? bytes.readUInt16BE(topicEnd) : 0;
  if (qos === 1 && messageId === 0) return undefined;
  const properties = version === 5 ? varInt(bytes, idEnd) : { value: 0, end: idEnd };
  if (!properties) return undefined;
  const payloadAt = properties.end + properties.value;
  if (payloadAt > bytes.length && !cut) return undefined;
  return {
    topic: bytes.toString('utf8', bodyAt + 2, topicEnd),
    payload: bytes.subarray(Math.min(payloadAt, bytes.length)),
    qos: qos === 1 ? 1 : 0,
    retain: (flags & RETAIN) !== 0,
    messageId,
  };
}

/** PUBACK "success"; the short form is the same in MQTT 3.1.1 and 5. */
export function encodePubacks(messageIds: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(messageIds.length * 4);
  messageIds.forEach((id, index) => {
    bytes.writeUInt16BE(0x4002, index * 4);
    bytes.writeUInt16BE(id, index * 4 + 2);
  });
  return bytes;
}
