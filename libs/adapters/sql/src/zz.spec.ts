import { born, sampleAlarm, sampleEvent, sampleNotification, sampleTimer } from '@anlan/ports/contract';
import { engineAddress } from '@anlan/testing';
import { openRecords, postgres } from './contract/records-on.js';
test('measure', async () => {
  const place = await postgres(engineAddress('postgres') ?? '').place();
  const one = await openRecords(place.dialect());
  const two = await openRecords(place.dialect());
  const cpu = () => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
  const out: string[] = [];
  const timed = async (name: string, n: number, work: () => Promise<unknown>) => {
    const [b, c] = [performance.now(), cpu()];
    await work();
    const ms = performance.now() - b;
    out.push(`${name}: ${Math.round(ms)} ms, ${Math.round((n * 1000) / ms)}/s, own cpu ${Math.round(cpu() - c)} ms`);
  };
  const batch = (records: typeof one, from: number, n: number) =>
    records.alarms.transact(async (tx) => {
      await tx.applied(0);
      for (let i = from; i < from + n; i++) {
        const a = sampleAlarm(`a${i}`);
        await tx.openByKey(a.key);
        await tx.lastClosedByKey(a.key);
        await tx.write(born(a, { notifications: [sampleNotification(a, 1), sampleNotification(a, 2)], timers: [sampleTimer(a, 'ack_due', 1)] }));
      }
      await tx.setApplied({ partition: 0, offset: from, index: 0 });
    });
  await timed('raise 1000 alarms, 200 a transaction', 1000, async () => { for (let i = 0; i < 5; i++) await batch(one, i * 200, 200); });
  await timed('raise 200 alarms, 1 a transaction', 200, async () => { for (let i = 0; i < 200; i++) await batch(one, 2000 + i, 1); });
  await timed('raise 200+200 alarms, 1 a transaction, two processes', 400, () => Promise.all([one, two].map(async (r, k) => { for (let i = 0; i < 200; i++) await batch(r, 3000 + k * 1000 + i, 1); })));
  const ev = (i: number) => { const a = sampleAlarm(`a${i}`, { version: 2 }); return { ...born(a), created: false, events: [sampleEvent(a, 2)] }; };
  await timed('change 200', 200, () => one.alarms.transact(async (tx) => { for (let i = 0; i < 200; i++) await tx.write(ev(i)); }));
  const keys = Array.from({ length: 100_000 }, (_, i) => `point-${i}|rule-${i % 50}|threshold`);
  const value = (i: number) => JSON.stringify({ v: i, s: 'x'.repeat(200) });
  const { epoch } = await one.checkpoints.open('rules', 0);
  await timed('checkpoint 100k first', 100_000, () => one.checkpoints.save('rules', 0, epoch, 1, { put: new Map(keys.map((k, i) => [k, value(i)])), drop: [] }));
  await timed('checkpoint 100k again', 100_000, () => one.checkpoints.save('rules', 0, epoch, 2, { put: new Map(keys.map((k, i) => [k, value(i + 1)])), drop: [] }));
  for (let n = 0; n < 3; n++) await timed('checkpoint 5k', 5_000, () => one.checkpoints.save('rules', 0, epoch, 3 + n, { put: new Map(keys.filter((_, i) => i % 20 === n).map((k, i) => [k, value(i + n)])), drop: [] }));
  await timed('open 100k', 100_000, () => two.checkpoints.open('rules', 0));
  const counts = { received: 1, stored: 1, rejected: 0, duplicate: 0, quarantined: 0 };
  for (let n = 0; n < 3; n++) await timed('ledger 1000 devices', 1000, () => one.ledger.apply(0, { from: n, next: n + 1 }, Array.from({ length: 1000 }, (_, i) => ({ deviceId: `d${i}`, hour: 0, counts, seq: n, newestT: n }))));
  await timed('claim+settle 400', 400, async () => { for (let k = 0; k < 50; k++) for (const { id } of await one.notifications.claim(2e12, 3e12, 8)) await one.notifications.settle(id, [], { state: 'sent', outcome: 'o', at: 1, text: 't', link: null }); });
  console.info(out.join('\n'));
  await one.close(); await two.close(); await place.drop();
}, 300_000);
