import { backtestBody, backtestJson } from '@anlan/contracts';
import type { OperationSpec } from './operation-spec.js';
import { RULE_MAKERS } from './policy.js';

/** Trying a rule over the past; nothing is sent. */
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
} as const satisfies Record<string, OperationSpec>;
