import {
  alarmCountsJson,
  alarmFilterQuery,
  alarmJsonSchema,
  alarmPageJson,
  alarmsQuery,
  auditPageJson,
  commandBody,
  deadLetterPageJson,
  deadLettersQuery,
  deviceRowJson,
  deviceRowPageJson,
  entitiesQuery,
  entityBody,
  entityPageJson,
  exportQuery,
  importJson,
  ledgerJson,
  ledgerQuery,
  loginBody,
  meJson,
  notificationPageJson,
  overviewJson,
  pageQuery,
  passwordBody,
  retryJson,
  seriesJson,
  seriesQuery,
  sessionJson,
  timelineJson,
  userChangeBody,
  userCreateBody,
  userJson,
  usersJson,
} from '@anlan/contracts';
import type { EntityKind, Role } from '@anlan/ports';
import { z } from 'zod';
import { ADMIN, ANYONE_LOGGED_IN, AUDITOR, COMMANDERS, ENTITY_WRITERS, REGISTRY, RETRY, SEE, SEE_ALARMS } from './policy.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
/** `public`: no login. A list: one of these roles. `byKind`: as the kind in the path says. */
export type Access = 'public' | readonly Role[] | Readonly<{ byKind: Readonly<Record<EntityKind, readonly Role[]>> }>;
/** One thing that the API does. Routes, rights, checks, audit and the OpenAPI document all come from here. */
export type OperationSpec = Readonly<{
  method: Method;
  /** With `{name}` for parameters; `{kind}` stands for each kind of the registry. */
  path: string;
  tag: string;
  summary: string;
  access: Access;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Bodies are JSON unless this says otherwise. */
  bodyKind?: 'import' | 'form';
  /** Schema of the answer, or its media type. */
  answer: z.ZodType | `text/${string}` | 'application/json';
  status?: 200 | 201 | 204;
  /** Leaves one audit row, whatever the outcome. */
  audit?: string;
}>;

const api = (path: string): string => `/api/v1${path}`;
const noContent = z.undefined();
const ready = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
});
const ENTITY_READERS = Object.fromEntries(Object.keys(ENTITY_WRITERS).map((kind) => [kind, SEE])) as Record<EntityKind, readonly Role[]>;

export const OPERATIONS = {
  login: {
    method: 'POST',
    path: api('/auth/login'),
    tag: 'auth',
    summary: '登录 · Log in with name and password',
    access: 'public',
    body: loginBody,
    answer: sessionJson,
    status: 200,
    audit: 'auth.login',
  },
  refresh: {
    method: 'POST',
    path: api('/auth/refresh'),
    tag: 'auth',
    summary: '换新令牌 · A new token for this session; the old one is dead',
    access: ANYONE_LOGGED_IN,
    answer: sessionJson,
    status: 200,
    audit: 'auth.refresh',
  },
  logout: {
    method: 'POST',
    path: api('/auth/logout'),
    tag: 'auth',
    summary: '退出 · End this session',
    access: ANYONE_LOGGED_IN,
    answer: noContent,
    status: 204,
    audit: 'auth.logout',
  },
  changePassword: {
    method: 'POST',
    path: api('/auth/password'),
    tag: 'auth',
    summary: '修改密码 · Change the own password; all other sessions end',
    access: ANYONE_LOGGED_IN,
    body: passwordBody,
    answer: sessionJson,
    status: 200,
    audit: 'auth.password',
  },
  me: {
    method: 'GET',
    path: api('/auth/me'),
    tag: 'auth',
    summary: '当前用户 · Who is logged in',
    access: ANYONE_LOGGED_IN,
    answer: meJson,
  },
  listUsers: {
    method: 'GET',
    path: api('/users'),
    tag: 'users',
    summary: '用户列表 · Accounts',
    access: ADMIN,
    query: pageQuery,
    answer: usersJson,
  },
  createUser: {
    method: 'POST',
    path: api('/users'),
    tag: 'users',
    summary: '新建用户 · New account',
    access: ADMIN,
    body: userCreateBody,
    answer: userJson,
    status: 201,
    audit: 'user.create',
  },
  changeUser: {
    method: 'PATCH',
    path: api('/users/{id}'),
    tag: 'users',
    summary: '修改用户 · Change an account; its sessions end when its rights do',
    access: ADMIN,
    body: userChangeBody,
    answer: userJson,
    audit: 'user.change',
  },
  listAudit: {
    method: 'GET',
    path: api('/audit'),
    tag: 'users',
    summary: '审计记录 · Audit trail, newest first',
    access: AUDITOR,
    query: pageQuery,
    answer: auditPageJson,
  },
  overview: {
    method: 'GET',
    path: api('/overview'),
    tag: 'overview',
    summary: '总览 · Counts, devices, ledger, colours of regions and sites',
    access: SEE,
    answer: overviewJson,
  },
  listAlarms: {
    method: 'GET',
    path: api('/alarms'),
    tag: 'alarms',
    summary: '报警列表 · Alarms, newest first or by urgency',
    access: SEE_ALARMS,
    query: alarmsQuery,
    answer: alarmPageJson,
  },
  countAlarms: {
    method: 'GET',
    path: api('/alarms/counts'),
    tag: 'alarms',
    summary: '报警计数 · Open alarms by level and state',
    access: SEE_ALARMS,
    query: alarmFilterQuery,
    answer: alarmCountsJson,
  },
  getAlarm: {
    method: 'GET',
    path: api('/alarms/{id}'),
    tag: 'alarms',
    summary: '报警详情 · One alarm',
    access: SEE_ALARMS,
    answer: alarmJsonSchema,
  },
  alarmTimeline: {
    method: 'GET',
    path: api('/alarms/{id}/timeline'),
    tag: 'alarms',
    summary: '报警过程 · All that happened to it, oldest first',
    access: SEE_ALARMS,
    answer: timelineJson,
  },
  alarmNotifications: {
    method: 'GET',
    path: api('/alarms/{id}/notifications'),
    tag: 'alarms',
    summary: '报警通知 · All that was sent about it',
    access: SEE_ALARMS,
    answer: notificationPageJson,
  },
  commandAlarm: {
    method: 'POST',
    path: api('/alarms/{id}/commands'),
    tag: 'alarms',
    summary: '处置报警 · Acknowledge, comment, shelve, unshelve, reset, mark false',
    access: COMMANDERS,
    body: commandBody,
    answer: alarmJsonSchema,
    status: 200,
    audit: 'alarm.command',
  },
  pointSeries: {
    method: 'GET',
    path: api('/points/{id}/series'),
    tag: 'data',
    summary: '监测数据 · Readings of a point, or buckets',
    access: SEE_ALARMS,
    query: seriesQuery,
    answer: seriesJson,
  },
  ledger: {
    method: 'GET',
    path: api('/ledger'),
    tag: 'data',
    summary: '数据台账 · What came in and what became of it, by device',
    access: SEE,
    query: ledgerQuery,
    answer: ledgerJson,
  },
  listDeadLetters: {
    method: 'GET',
    path: api('/dead-letters'),
    tag: 'data',
    summary: '拒收数据 · What was refused, with the reason',
    access: SEE,
    query: deadLettersQuery,
    answer: deadLetterPageJson,
  },
  retryDeadLetter: {
    method: 'POST',
    path: api('/dead-letters/{id}/retry'),
    tag: 'data',
    summary: '重新入库 · Judge a dead letter again by the registry of today',
    access: RETRY,
    answer: retryJson,
    status: 200,
    audit: 'dead_letter.retry',
  },
  listNotifications: {
    method: 'GET',
    path: api('/notifications'),
    tag: 'data',
    summary: '发件箱 · All notifications, newest first',
    access: SEE,
    query: pageQuery,
    answer: notificationPageJson,
  },
  listDevices: {
    method: 'GET',
    path: api('/devices'),
    tag: 'registry',
    summary: '设备列表 · Devices with state and newest readings',
    access: SEE,
    query: entitiesQuery,
    answer: deviceRowPageJson,
  },
  getDevice: {
    method: 'GET',
    path: api('/devices/{id}'),
    tag: 'registry',
    summary: '设备 · One device',
    access: SEE,
    answer: deviceRowJson,
  },
  listEntities: {
    method: 'GET',
    path: api('/{kind}'),
    tag: 'registry',
    summary: '档案列表 · Entries of one kind',
    access: { byKind: ENTITY_READERS },
    query: entitiesQuery,
    answer: entityPageJson,
  },
  getEntity: {
    method: 'GET',
    path: api('/{kind}/{id}'),
    tag: 'registry',
    summary: '档案 · One entry',
    access: { byKind: ENTITY_READERS },
    answer: entityBody,
  },
  createEntity: {
    method: 'POST',
    path: api('/{kind}'),
    tag: 'registry',
    summary: '新增档案 · A new entry, in the words of the bundle',
    access: { byKind: ENTITY_WRITERS },
    body: entityBody,
    answer: importJson,
    status: 201,
    audit: 'registry.create',
  },
  changeEntity: {
    method: 'PATCH',
    path: api('/{kind}/{id}'),
    tag: 'registry',
    summary: '修改档案 · Change some fields of an entry',
    access: { byKind: ENTITY_WRITERS },
    body: entityBody,
    answer: importJson,
    audit: 'registry.change',
  },
  removeEntity: {
    method: 'DELETE',
    path: api('/{kind}/{id}'),
    tag: 'registry',
    summary: '删除档案 · Take an entry out',
    access: { byKind: ENTITY_WRITERS },
    answer: importJson,
    audit: 'registry.remove',
  },
  importBundle: {
    method: 'POST',
    path: api('/imports'),
    tag: 'registry',
    summary: '导入 · A registry bundle (JSON or YAML), all of it or none',
    access: REGISTRY,
    body: z.unknown(),
    bodyKind: 'import',
    answer: importJson,
    status: 200,
    audit: 'registry.import',
  },
  exportBundle: {
    method: 'GET',
    path: api('/exports'),
    tag: 'registry',
    summary: '导出 · The registry as a bundle, without secrets',
    access: REGISTRY,
    query: exportQuery,
    answer: entityBody,
    audit: 'registry.export',
  },
  stream: {
    method: 'GET',
    path: api('/stream'),
    tag: 'overview',
    summary: '实时事件 · Server-sent events',
    access: SEE_ALARMS,
    answer: 'text/event-stream',
  },
  openapi: {
    method: 'GET',
    path: '/api/openapi.json',
    tag: 'system',
    summary: 'OpenAPI 3.1',
    access: 'public',
    answer: 'application/json',
  },
  docs: {
    method: 'GET',
    path: '/api/docs',
    tag: 'system',
    summary: '接口说明 · This API, readable',
    access: 'public',
    answer: 'text/html',
  },
  live: {
    method: 'GET',
    path: '/health/live',
    tag: 'system',
    summary: '存活 · The process answers',
    access: 'public',
    answer: z.object({ status: z.literal('live') }),
  },
  ready: { method: 'GET', path: '/health/ready', tag: 'system', summary: '就绪 · Traffic may come', access: 'public', answer: ready },
  metrics: { method: 'GET', path: '/metrics', tag: 'system', summary: '指标 · Prometheus', access: 'public', answer: 'text/plain' },
  fieldPage: {
    method: 'GET',
    path: '/a/{token}',
    tag: 'field',
    summary: '现场页面 · The page of a signed link; only shows',
    access: 'public',
    answer: 'text/html',
  },
  fieldAct: {
    method: 'POST',
    path: '/a/{token}',
    tag: 'field',
    summary: '现场确认 · Acknowledge by the link; once, a repeat shows the first result',
    access: 'public',
    bodyKind: 'form',
    answer: 'text/html',
    audit: 'link.act',
  },
  fieldStyle: { method: 'GET', path: '/field.css', tag: 'field', summary: 'Style of the field page', access: 'public', answer: 'text/css' },
} as const satisfies Record<string, OperationSpec>;

export type OperationName = keyof typeof OPERATIONS;
type Part<N extends OperationName, P extends 'query' | 'body'> =
  (typeof OPERATIONS)[N] extends Record<P, infer S extends z.ZodType> ? z.output<S> : undefined;
export type QueryOf<N extends OperationName> = Part<N, 'query'>;
export type BodyOf<N extends OperationName> = Part<N, 'body'>;

/** Kinds whose list and single entry have an own operation. */
const OWN_READERS: ReadonlySet<string> = new Set(['devices']);

/** The real paths of an operation: one, or one a kind. */
export function pathsOf(name: OperationName): readonly string[] {
  const { path, method }: OperationSpec = OPERATIONS[name];
  if (!path.includes('{kind}')) return [path];
  const kinds = Object.keys(ENTITY_WRITERS).filter((kind) => method !== 'GET' || !OWN_READERS.has(kind));
  return kinds.map((kind) => path.replace('{kind}', kind));
}
