import { createReadStream, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { NextFunction, Request, Response } from 'express';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.geojson': 'application/geo+json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const TEXTS = new Set(['.html', '.js', '.mjs', '.css', '.json', '.geojson', '.svg', '.txt', '.webmanifest']);
/** The bundler writes the hash of the content into these names, so they never change. */
const HASHED = /^\/assets\/[^/]+-[A-Za-z0-9_-]{8,}\.\w+$/;
/** Paths that are never the console's. */
const NOT_CONSOLE = /^\/(api|a|health|metrics)(\/|$)/i;

type Asset = Readonly<{ file: string; type: string; size: number; text: boolean; etag: string }>;

/** Every file of the folder by its address, listed once: nothing outside the list can be asked for, whatever the path says. */
function assetsIn(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    const type = TYPES[extname(entry.name).toLowerCase()];
    if (!entry.isFile() || type === undefined || path.includes('/.')) continue;
    const { size, mtimeMs } = statSync(file);
    assets.set(path, {
      file,
      type,
      size,
      text: TEXTS.has(extname(entry.name).toLowerCase()),
      etag: `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`,
    });
  }
  return assets;
}

/** Serves the built console: hashed files for a year, the rest checked each time, and the start page for its own addresses. */
export function staticConsole(folder: string): (request: Request, response: Response, next: NextFunction) => void {
  const assets = assetsIn(folder);
  const packed = new Map<string, Buffer>();
  const pack = (asset: Asset): Buffer => {
    const found = packed.get(asset.file) ?? gzipSync(readFileSync(asset.file));
    packed.set(asset.file, found);
    return found;
  };
  return (request, response, next) => {
    const [path = '/'] = request.originalUrl.split('?', 1);
    if ((request.method !== 'GET' && request.method !== 'HEAD') || NOT_CONSOLE.test(path)) return next();
    const asset = assets.get(path) ?? (extname(path) === '' ? assets.get('/index.html') : undefined);
    if (!asset) return next();
    response.setHeader('Cache-Control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
    response.setHeader('Content-Type', asset.type);
    response.setHeader('ETag', asset.etag);
    if (request.headers['if-none-match'] === asset.etag) return void response.status(304).end();
    if (asset.text && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return sendPacked(request, response, pack(asset));
    response.setHeader('Content-Length', asset.size);
    if (request.method === 'HEAD') return void response.end();
    createReadStream(asset.file)
      .on('error', () => response.destroy())
      .pipe(response);
  };
}

function sendPacked(request: Request, response: Response, bytes: Buffer): void {
  response.setHeader('Content-Encoding', 'gzip');
  response.setHeader('Vary', 'Accept-Encoding');
  response.setHeader('Content-Length', bytes.length);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
