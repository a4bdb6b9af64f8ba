import { randomBytes } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { GatewayDeps, GatewaySettings } from '../deps.js';
import type { AnlanRequest } from './call.js';
import { sendProblem } from './problem.js';
import { Refusal } from './refusal.js';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types anlan";
const NO_FEATURES =
  'accelerometer=(), autoplay=(self), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()';
const YEAR_S = 31_536_000;
/** Names under which a secret must never travel in an address, where logs keep it. */
const SECRET_NAMES = new Set([
  'access_token',
  'accesstoken',
  'token',
  'ticket',
  'password',
  'credential',
  'apikey',
  'api_key',
  'authorization',
  'secret',
  'session',
]);
/** Probes come with any Host. */
const ANY_HOST = /^\/(health\/(live|ready)|metrics)$/;
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** Host names that links and callers may use; any port. */
export function knownHosts({ host, publicUrl }: Pick<GatewaySettings, 'host' | 'publicUrl'>): ReadonlySet<string> {
  const names = [...LOOPBACK_HOSTS, host, `[${host}]`];
  if (publicUrl !== null && URL.canParse(publicUrl)) names.push(new URL(publicUrl).hostname);
  return new Set(names.map((name) => name.toLowerCase().replace(/\.$/, '')));
}

function hostName(request: Request): string {
  return (request.headers.host ?? '')
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '');
}

function setHeaders(response: Response, tls: boolean): void {
  response.removeHeader('X-Powered-By');
  response.setHeader('Content-Security-Policy', CSP);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Permissions-Policy', NO_FEATURES);
  response.setHeader('Cache-Control', 'no-store');
  if (tls) response.setHeader('Strict-Transport-Security', `max-age=${YEAR_S}`);
}

/** First hand on every request: its id, the headers of every answer, and what is refused whatever the path. */
export function edge({
  settings,
  meter,
  clock,
  logger,
}: Pick<GatewayDeps, 'settings' | 'meter' | 'clock' | 'logger'>): (request: Request, response: Response, next: NextFunction) => void {
  const hosts = knownHosts(settings);
  const fault = (request: Request): Refusal | undefined => {
    if (request.method === 'TRACE' || request.method === 'TRACK') return new Refusal('method_not_allowed', 'This method is not served.');
    if (request.originalUrl.length > settings.limits.urlChars)
      return new Refusal('url_too_long', `An address may have ${settings.limits.urlChars} characters at most.`);
    const [path = '', query = ''] = request.originalUrl.split('?', 2);
    if (!ANY_HOST.test(path) && !hosts.has(hostName(request)))
      return new Refusal('misdirected', 'This server does not answer under that name. Set ANLAN_PUBLIC_URL.');
    if ([...new URLSearchParams(query).keys()].some((name) => SECRET_NAMES.has(name.toLowerCase())))
      return new Refusal('credential_in_url', 'Secrets belong into headers or the body, never into an address.');
    return undefined;
  };
  return (request, response, next) => {
    const startedAt = clock.mono();
    const requestId = randomBytes(8).toString('hex');
    (request as AnlanRequest).anlan = { requestId };
    setHeaders(response, settings.tls);
    response.setHeader('X-Request-Id', requestId);
    response.once('finish', () => {
      meter.count('anlan_http_requests_total', 1, { status: String(response.statusCode) });
      meter.observe('anlan_http_seconds', (clock.mono() - startedAt) / 1_000);
    });
    const refusal = fault(request);
    if (!refusal) return next();
    if (refusal.code === 'misdirected') logger.warn('Request under an unknown host name', { host: hostName(request).slice(0, 100) });
    sendProblem(response, refusal, requestId);
  };
}
