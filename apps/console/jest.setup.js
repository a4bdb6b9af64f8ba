import { TextDecoder, TextEncoder } from 'node:util';

// Every browser has these; jsdom has not.
globalThis.TextDecoder ??= TextDecoder;
globalThis.TextEncoder ??= TextEncoder;
