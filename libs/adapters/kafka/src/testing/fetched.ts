/** A Fetch answer with one partition that carries these bytes as its batches. */
export function answerWith(batches: Buffer): Buffer {
  const topic = Buffer.from('t');
  const head = Buffer.alloc(4 + 2 + 4 + 4 + 2 + topic.length + 4 + 4 + 2 + 8 * 3 + 4 + 4 + 4);
  let at = 10;
  at = head.writeInt32BE(1, at);
  at = head.writeInt16BE(topic.length, at);
  at += topic.copy(head, at);
  at = head.writeInt32BE(1, at);
  at += 4 + 2 + 24;
  at = head.writeInt32BE(0, at);
  at += 4;
  head.writeInt32BE(batches.length, at);
  return Buffer.concat([head, batches]);
}
