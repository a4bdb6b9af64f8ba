export { applyVerdict } from './verdict.js';
export { applyLate, retroRecordId } from './retro.js';
export { decideCommand, type CommandDecision } from './command.js';
export {
  COMMANDS,
  LATER_COMMANDS,
  REFUSALS,
  refused,
  type AlarmCommand,
  type CommandName,
  type Order,
  type RefusalCode,
  type Refused,
  type SecondPerson,
  type Shelf,
} from './command-types.js';
export { fireTimer } from './fire.js';
export { isLive, timersOf } from './timers.js';
export { foldEvents } from './evolve.js';
export { isVoided, type Change, type Context } from './change.js';
export { recipientsOf, type Audience, type Concern, type Recipient } from './recipients.js';
export { LEVEL_WORDS, alarmsIn, noticeText, plain, renderDigest, renderNotice, type NoticeFacts } from './notice.js';
export { alarmIdOf, eventIdOf, notificationIdOf, retroIdOf, shortCodeOf } from './ids.js';
export { RESPONSE, type Response } from './response.js';
