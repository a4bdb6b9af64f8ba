/** @jest-environment node */
import type { AlarmJson } from '@anlan/contracts';
import type { Client } from '../data/client.js';
import { ApiProblem } from '../data/problem.js';
import { alarmFixture } from '../sheet/fixtures.js';
import { bulkRefusal, offersFor, sendCommand, toldChanges } from './commands.js';

type Sent = Readonly<{ path: string; body: unknown }>;

function stage(answers: readonly (AlarmJson | ApiProblem)[], now: AlarmJson = alarmFixture()) {
  const sent: Sent[] = [];
  let key = 0;
  const client: Pick<Client, 'get' | 'post'> = {
    get: <T>() => Promise.resolve(now as T),
    post: <T>(path: string, body?: unknown) => {
      const answer = answers[sent.push({ path, body }) - 1];
      return answer instanceof ApiProblem ? Promise.reject(answer) : Promise.resolve(answer as T);
    },
  };
  return { sent, deps: { client, newKey: () => `k${(key += 1)}` } };
}

describe('sendCommand', () => {
  const seen = alarmFixture({ version: 4 });
  test('sends the version that was seen and a key', async () => {
    const { sent, deps } = stage([alarmFixture({ version: 5 })]);
    expect(await sendCommand(deps, seen, { type: 'acknowledge' })).toMatchObject({ kind: 'done', alarm: { version: 5 } });
    expect(sent).toEqual([{ path: '/alarms/alarm-1/commands', body: { type: 'acknowledge', expectedVersion: 4, idempotencyKey: 'k1' } }]);
  });
  test('a lost answer is asked for once more with the same key', async () => {
    const { sent, deps } = stage([new ApiProblem({ status: 0, code: 'no_answer' }), alarmFixture({ version: 5 })]);
    expect((await sendCommand(deps, seen, { type: 'acknowledge' })).kind).toBe('done');
    expect(sent[0]?.body).toEqual(sent[1]?.body);
  });
  test('a conflict is shown, never sent again', async () => {
    const { sent, deps } = stage([new ApiProblem({ status: 409, code: 'version_conflict' })], alarmFixture({ version: 6, level: 'red' }));
    const outcome = await sendCommand(deps, seen, { type: 'acknowledge' });
    expect(outcome).toMatchObject({ kind: 'changed', alarm: { level: 'red' } });
    expect(sent).toHaveLength(1);
    expect(toldChanges(seen, alarmFixture({ level: 'red' }))).toEqual([{ field: 'level', from: 'orange', to: 'red' }]);
  });
  test('a second person is asked for, other refusals are told', async () => {
    const second = stage([new ApiProblem({ status: 403, code: 'second_person_required' })]);
    expect((await sendCommand(second.deps, seen, { type: 'unshelve' })).kind).toBe('second_person');
    const refused = stage([new ApiProblem({ status: 403, code: 'second_person_required', detail: 'somebody else' })]);
    expect(await sendCommand(refused.deps, seen, { type: 'unshelve', secondPerson: { username: 'b', password: 'x' } })).toMatchObject({
      kind: 'second_person',
      refused: { message: 'somebody else' },
    });
    const stands = stage([new ApiProblem({ status: 409, code: 'condition_stands' })]);
    expect(await sendCommand(stands.deps, seen, { type: 'reset' })).toMatchObject({
      kind: 'refused',
      problem: { code: 'condition_stands' },
    });
  });
});

describe('what is offered', () => {
  test('an acknowledged alarm offers no acknowledgement and says why', () => {
    expect(offersFor(alarmFixture({ ack: 'acked' }))).toContainEqual({ type: 'acknowledge', offered: false, why: 'already_acked' });
  });
  test('a closed one offers only a comment', () => {
    expect(offersFor(alarmFixture({ work: 'closed' })).filter(({ offered }) => offered)).toEqual([{ type: 'comment', offered: true }]);
  });
  test('bulk: blue and yellow that were seen; orange and red never', () => {
    const [blue, orange] = [alarmFixture({ id: 'b', level: 'blue' }), alarmFixture({ id: 'o' })];
    expect(bulkRefusal([blue], () => true)).toBe('none');
    expect(bulkRefusal([blue], () => false)).toBe('not_seen');
    expect(bulkRefusal([blue, orange], () => true)).toBe('too_grave');
    expect(bulkRefusal([{ ...blue, ack: 'acked' }], () => true)).toBe('empty');
  });
});
