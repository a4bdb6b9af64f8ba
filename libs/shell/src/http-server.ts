import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nestLogger } from './nest-logger.js';
import type { Logger } from '@anlan/observability';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
const KEEP_ALIVE_MS = 75_000;
/** What is still open after this is cut. */
const CLOSE_MS = 3_000;

export type Tls = Readonly<{ certFile: string; keyFile: string }>;
export type ServerOptions = Readonly<{ logger: Logger; host: string; port: number; tls: Tls | null }>;
export type RunningServer = Readonly<{ app: INestApplication; host: string; port: number; close(): Promise<void> }>;

/** Starts HTTP for a module that has HTTP handlers. Streams end and requests in hand are finished at `close`. */
export async function serve(module: DynamicModule | Type<unknown>, { logger, host, port, tls }: ServerOptions): Promise<RunningServer> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLogger(logger),
    ...(tls && { httpsOptions: { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) } }),
  });
  const server: Server = app.getHttpServer();
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await app.listen(port, host);
  const address = server.address() as AddressInfo;
  return { app, host: address.address, port: address.port, close: () => closeAll(app, server) };
}

/** No new connections; those in hand are answered, and what still hangs after 3 s is cut. */
async function closeAll(app: INestApplication, server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await app.close();
  clearTimeout(cut);
}
