import { request } from 'node:http';

export type RawAnswer = Readonly<{
  status: number;
  text: string;
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}>;

/** A request with any header, the Host too, which `fetch` keeps for itself. */
export function rawHttp(
  port: number,
  method: string,
  path: string,
  { headers = {}, body }: Readonly<{ headers?: Readonly<Record<string, string>>; body?: string }> = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, headers, setHost: headers['host'] === undefined }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString(), headers: response.headers }),
      );
    });
    call.once('error', reject);
    call.end(body);
  });
}
