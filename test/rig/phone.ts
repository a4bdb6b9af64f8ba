import { type Server, createServer } from 'node:http';

export type Call = Readonly<{ id: string; at: number; body: unknown }>;
/** A person's webhook, written down call by call: the oracle for what people got. */
export type Phone = Readonly<{
  port: number;
  calls: readonly Call[];
  stop(): Promise<void>;
}>;

export function startPhone(): Promise<Phone> {
  const calls: Call[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      calls.push({ id: String(request.headers['webhook-id']), at: Date.now(), body: JSON.parse(text) });
      response.writeHead(204).end();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      resolve({ port, calls, stop: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
