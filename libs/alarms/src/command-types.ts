/** What people can ask of an alarm, as the core takes it: times in ms, the second person already proved by the gateway. */
import type { Actor, AlarmLevel, Millis } from '@anlan/contracts';

/** Known steps of field work that come with a later issue; until then they are refused, not unknown. */
export const LATER_COMMANDS = ['dispatch', 'accept', 'return', 'arrive', 'feedback', 'submitReview', 'approve', 'reject'] as const;
export const COMMANDS = ['acknowledge', 'comment', 'shelve', 'unshelve', 'reset', 'markFalse', ...LATER_COMMANDS] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Another human who agreed, by name and password. */
export type SecondPerson = Readonly<{ userId: string; personId: string | null }>;
export type Shelf = Readonly<{ until: Millis; reason: string; oneShot?: boolean | undefined }>;

type Shared = Readonly<{
  expectedVersion?: number | undefined;
  idempotencyKey?: string | undefined;
  comment?: string | undefined;
  secondPerson?: SecondPerson | undefined;
}>;

export type AlarmCommand =
  /** `upToLevel`: the level that a link was made for; it acknowledges nothing graver. */
  | (Shared & Readonly<{ type: 'acknowledge'; upToLevel?: AlarmLevel | undefined }>)
  | (Shared & Readonly<{ type: 'comment' }>)
  | (Shared & Shelf & Readonly<{ type: 'shelve' }>)
  | (Shared & Readonly<{ type: 'unshelve' }>)
  | (Shared & Readonly<{ type: 'reset' }>)
  | (Shared & Readonly<{ type: 'markFalse'; cause: string; reason: string; shelve?: Shelf | undefined }>)
  | (Shared & Readonly<{ type: (typeof LATER_COMMANDS)[number] }>);

export const REFUSALS = {
  alarm_unknown: { status: 404, message: '没有这条报警 / no such alarm' },
  version_conflict: { status: 409, message: '报警已变化，请刷新 / the alarm has changed meanwhile' },
  idempotency_key_reused: { status: 409, message: '幂等键已用于别的命令 / this key was used for another command' },
  command_unavailable: { status: 409, message: '该步骤尚未提供 / this step is not available yet' },
  alarm_closed: { status: 409, message: '报警已关闭 / the alarm is closed' },
  not_shelved: { status: 409, message: '报警未搁置 / the alarm is not shelved' },
  not_latched: { status: 409, message: '报警未锁存 / the alarm is not latched' },
  condition_stands: { status: 409, message: '条件仍成立，不能复位 / the condition still stands' },
  wrong_state: { status: 409, message: '当前状态不允许 / not possible in this state' },
  level_risen: { status: 409, message: '级别已升高，请登录处理 / the level has risen since this link was sent' },
  link_not_allowed: { status: 403, message: '链接只能确认 / a link may only acknowledge' },
  second_person_required: { status: 403, message: '橙色、红色需第二人同意 / orange and red need a second person' },
  shelve_required: { status: 422, message: '仍在报警，标记误报须同时搁置 / still active: marking false needs a shelve' },
  reason_missing: { status: 422, message: '须填写原因 / a reason is needed' },
  cause_missing: { status: 422, message: '须填写误报原因类别 / a cause is needed' },
  comment_missing: { status: 422, message: '须填写内容 / a comment is needed' },
  text_too_long: { status: 422, message: '文字过长 / the text is too long' },
  until_bad: { status: 422, message: '搁置时间须在将来且不超过该级别上限 / until must lie ahead and within the limit of the level' },
} as const satisfies Record<string, Readonly<{ status: 403 | 404 | 409 | 422; message: string }>>;
export type RefusalCode = keyof typeof REFUSALS;
export type Refused = Readonly<{ kind: 'refused'; code: RefusalCode; status: 403 | 404 | 409 | 422; message: string }>;

export function refused(code: RefusalCode): Refused {
  return { kind: 'refused', code, ...REFUSALS[code] };
}

/** Who commands, and the id that makes the command's events. */
export type Order = Readonly<{ actor: Actor; commandId: string }>;
