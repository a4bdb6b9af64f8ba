import { backtestBody, backtestJson, shadowBody, shadowJson, shadowsJson } from '@anlan/contracts';
import { z } from 'zod';
import type { OperationSpec } from './operation-spec.js';
import { RULE_MAKERS } from './policy.js';

/** Trying a rule over the past, or a draft on what comes; nothing is sent. */
export const BACKTEST_OPERATIONS = {
  createBacktest: {
    method: 'POST',
    path: '/api/v1/backtests',
    tag: 'rules',
    summary: '回测 · Try a rule over readings of the past: would-be alarms, lead times, and the difference from the version that stands',
    access: RULE_MAKERS,
    body: backtestBody,
    answer: backtestJson,
    status: 202,
    audit: 'backtest.create',
  },
  getBacktest: {
    method: 'GET',
    path: '/api/v1/backtests/{id}',
    tag: 'rules',
    summary: '回测结果 · State, progress and report of an own back-test; kept for an hour',
    access: RULE_MAKERS,
    answer: backtestJson,
  },
  startShadow: {
    method: 'POST',
    path: '/api/v1/shadows',
    tag: 'rules',
    summary: '影子运行 · Judge a draft on live data beside the rule that stands; it raises nothing and ends with this process',
    access: RULE_MAKERS,
    body: shadowBody,
    answer: shadowJson,
    status: 201,
    audit: 'shadow.start',
  },
  listShadows: {
    method: 'GET',
    path: '/api/v1/shadows',
    tag: 'rules',
    summary: '影子运行列表 · Own shadow runs with what they would have raised since they started',
    access: RULE_MAKERS,
    answer: shadowsJson,
  },
  endShadow: {
    method: 'DELETE',
    path: '/api/v1/shadows/{id}',
    tag: 'rules',
    summary: '结束影子运行 · End an own shadow run',
    access: RULE_MAKERS,
    answer: z.undefined(),
    status: 204,
    audit: 'shadow.end',
  },
} as const satisfies Record<string, OperationSpec>;
