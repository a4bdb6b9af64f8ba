import type { CommandBody } from '@anlan/contracts';
import { rankOf, type AlarmLevel } from '@anlan/contracts';
import { ROLES, type EntityKind, type Role } from '@anlan/ports';

/**
 * Who may do what (security section 5). `owner_unit` stands in no row but its own account yet: its right ends at its unit's
 * sites, and until scopes can say that, it gets nothing rather than a whole region.
 */
export const ANYONE_LOGGED_IN: readonly Role[] = ROLES;
export const SEE_ALARMS: readonly Role[] = ['duty_officer', 'shift_leader', 'analyst', 'authority', 'auditor'];
export const SEE: readonly Role[] = [...SEE_ALARMS, 'admin'];
export const REGISTRY: readonly Role[] = ['shift_leader', 'analyst', 'admin'];
export const ADMIN: readonly Role[] = ['admin'];
export const AUDITOR: readonly Role[] = ['auditor'];
export const RETRY: readonly Role[] = ['analyst', 'admin'];
/** Who writes rules and limits, and who may be the second person on a change of them. */
export const RULE_MAKERS: readonly Role[] = ['shift_leader', 'analyst'];
const ROTA_KEEPERS: readonly Role[] = ['shift_leader', 'admin'];

/** Who may change entries of each kind. */
export const ENTITY_WRITERS = {
  regions: ADMIN,
  units: REGISTRY,
  people: ROTA_KEEPERS,
  metrics: REGISTRY,
  sites: REGISTRY,
  assets: REGISTRY,
  devices: REGISTRY,
  points: REGISTRY,
  groups: REGISTRY,
  routes: ROTA_KEEPERS,
  limits: RULE_MAKERS,
  rules: RULE_MAKERS,
} as const satisfies Record<EntityKind, readonly Role[]>;

/** Phone numbers in full. */
export const SEE_PHONES: readonly Role[] = ['duty_officer', 'shift_leader', 'admin'];
/** Links of messages in the outbox. */
export const SEE_LINKS: readonly Role[] = ADMIN;
/** Whoever stands in as the second person on orange and red. */
export const SECOND_PERSONS: readonly Role[] = ['shift_leader'];

const DUTY: readonly Role[] = ['duty_officer', 'shift_leader'];
const LEADER: readonly Role[] = ['shift_leader'];
type CommandRoles = Readonly<{ mild: readonly Role[]; grave: readonly Role[] }>;
const both = (roles: readonly Role[]): CommandRoles => ({ mild: roles, grave: roles });

/** Who may give which command on blue and yellow (`mild`), and on orange and red (`grave`). */
export const COMMAND_ROLES = {
  acknowledge: both(DUTY),
  comment: both(['duty_officer', 'shift_leader', 'analyst', 'authority']),
  shelve: { mild: DUTY, grave: LEADER },
  unshelve: both(DUTY),
  reset: both(DUTY),
  markFalse: { mild: DUTY, grave: LEADER },
  dispatch: both(DUTY),
  accept: both(DUTY),
  return: both(DUTY),
  arrive: both(DUTY),
  feedback: both(DUTY),
  submitReview: both(DUTY),
  approve: { mild: DUTY, grave: [...LEADER, 'authority'] },
  reject: { mild: DUTY, grave: [...LEADER, 'authority'] },
} as const satisfies Record<CommandBody['type'], CommandRoles>;
/** Anyone who may give at least one command. */
export const COMMANDERS: readonly Role[] = ['duty_officer', 'shift_leader', 'analyst', 'authority'];

/** Orange and red. */
export function isGrave(level: AlarmLevel): boolean {
  return rankOf(level) >= rankOf('orange');
}

/** Does this set of roles hold one of those allowed. */
export function holdsOne(held: readonly Role[], allowed: readonly Role[]): boolean {
  return held.some((role) => allowed.includes(role));
}
