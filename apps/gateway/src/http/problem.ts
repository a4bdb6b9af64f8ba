import type { ProblemJson } from '@anlan/contracts';
import type { Response } from 'express';
import type { Refusal } from './refusal.js';

/** The problem document of a refusal (RFC 9457). */
export function problemOf({ status, title, code, detail, extras }: Refusal, requestId: string): ProblemJson {
  return {
    type: `urn:anlan:problem:${code}`,
    title,
    status,
    code,
    detail,
    ...(extras.errors && { errors: extras.errors.map((fault) => ({ ...fault })) }),
    ...(extras.currentVersion !== undefined && { currentVersion: extras.currentVersion }),
    requestId,
  };
}

/** Answers with a problem document. */
export function sendProblem(response: Response, refusal: Refusal, requestId: string): void {
  if (refusal.extras.retryAfterS !== undefined) response.setHeader('Retry-After', String(refusal.extras.retryAfterS));
  if (refusal.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.status(refusal.status).setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.end(JSON.stringify(problemOf(refusal, requestId)));
}
