/** Milliseconds since 1970-01-01T00:00:00Z, or a length of time in milliseconds where the name ends in `Ms`. */
export type Millis = number;
/** A stable hash of a text as lower-case hex of at least 32 characters; the shell passes SHA-256. The core has no crypto of its own. */
export type Digest = (text: string) => string;
/** One fault of an input, at a JSON-pointer-like path (`/devices/3/id`), with a stable code and a plain sentence. */
export type Fault = Readonly<{ path: string; line?: number; code: string; message: string }>;
/** Short text in both languages of the product. */
export type Said = Readonly<{ zh: string; en: string }>;
